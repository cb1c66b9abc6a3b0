// Read QR codes from the camera: by the browser itself where it can, else by the decoder we bring along.
const PAUSE = 150;
const AGAIN_AFTER = 4000;
const WIDEST = 800;

// Start the camera and call `seen(text)` for each code shown; the same code only again after a while.
export async function watch(video, seen) {
  const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  await video.play();
  const read = await reader();
  let last = { text: "", at: 0 };
  for (;;) {
    const text = video.readyState >= video.HAVE_CURRENT_DATA ? await read(video) : "";
    if (text && (text !== last.text || Date.now() - last.at > AGAIN_AFTER)) await seen(text);
    if (text) last = { text, at: Date.now() };
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

export function whyNoCamera(error) {
  if (error.name === "NotAllowedError") return "Máy chưa cho dùng máy ảnh. Hãy cho phép trong phần cài đặt, hoặc gõ mã.";
  if (error.name === "NotFoundError") return "Máy này không có máy ảnh. Hãy gõ mã.";
  return "Máy ảnh chưa mở được. Hãy gõ mã.";
}

// A number nobody else gives to a mark; without encryption on the line browsers have no `randomUUID`.
export function newNumber() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function canWatch() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

export function shake(kind) {
  navigator.vibrate?.(kind === "good" ? 120 : [80, 80, 80]);
}

// Show in big letters what came of it: who, and what was stored.
export function show(place, kind, name, said) {
  const title = document.createElement("p");
  const words = document.createElement("p");
  title.className = "shown__name";
  title.textContent = name || "Chưa ghi được";
  words.textContent = said;
  place.className = `shown shown--${kind}`;
  place.replaceChildren(title, words);
}

async function reader() {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  }
  const { decodeQR } = await import("./qr/decode.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    const width = Math.round(video.videoWidth * scale);
    const height = Math.round(video.videoHeight * scale);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    pen.drawImage(video, 0, 0, width, height);
    try {
      return decodeQR({ width, height, data: pen.getImageData(0, 0, width, height).data });
    } catch {
      return ""; // no code in this picture
    }
  };
}
