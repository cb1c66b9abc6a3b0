// Compare a file with the one issued on the phone itself; without this file, or without a safe line, the form sends it.
const place = document.querySelector("[data-compare]");
const form = place.querySelector("form");
const answer = place.querySelector("[data-answer]");

if (globalThis.crypto?.subtle) {
  place.querySelector("[data-how]").textContent = place.querySelector("[data-here]").content.textContent;
  place.querySelector(`#${form.elements.paper.id}-hint`).remove();
  form.elements.paper.removeAttribute("aria-describedby");
  form.addEventListener("submit", compare);
}

async function compare(event) {
  const [file] = form.elements.paper.files;
  if (file === undefined) return;
  event.preventDefault();
  const data = await file.arrayBuffer();
  answer.replaceChildren(place.querySelector(`[data-case="${await judge(data)}"]`).content.cloneNode(true));
}

// Who adds to a signed paper leaves all of it in place: so the beginning is looked at too.
async function judge(data) {
  const { sha256, size, base } = place.dataset;
  const whole = await hash(data);
  if (whole === sha256) return "same";
  if (data.byteLength > Number(size) && (await hash(data.slice(0, Number(size)))) === sha256) return "added_to";
  return whole === base ? "unsigned" : "different";
}

async function hash(data) {
  const digest = await crypto.subtle.digest("SHA-256", data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
