// Scan with the camera and send each code without leaving the page; without this file the typed code does it.
import { canWatch, newNumber, shake, show, watch, whyNoCamera } from "./camera.js";

const form = document.querySelector("form[data-scan]");
const place = document.querySelector("[data-shown]");
const frame = document.querySelector("[data-camera]");
const count = document.querySelector("[data-count]");
const said = form.elements.said;

async function send(text) {
  const fields = new FormData(form);
  fields.set("said", text);
  fields.set("once", newNumber());
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-Requested-With": "fetch" },
      body: fields,
    });
    if (answer.status === 401) return tell("bad", "", "Anh/chị cần đăng nhập lại. Hãy mở lại trang này.");
    if (!answer.ok) return tell("bad", "", (await answer.text()).slice(0, 300));
    const told = await answer.json();
    tell(told.kind, told.name, told.said);
    count.textContent = told.count;
    if (told.kind !== "bad") form.elements.reason.value = "";
  } catch {
    tell("bad", "", "Không có mạng nên chưa ghi. Hãy thử lại, hoặc dùng trang ghi ngoài mạng.");
  }
}

function tell(kind, name, words) {
  show(place, kind, name, words);
  shake(kind);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await send(said.value);
  said.value = "";
  said.focus();
});

if (canWatch()) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--big";
  button.textContent = "Mở máy ảnh để quét";
  frame.before(button);
  form.querySelector("button").classList.add("button--quiet");
  button.addEventListener("click", async () => {
    button.hidden = true;
    frame.hidden = false;
    try {
      await watch(frame.querySelector("video"), send);
    } catch (error) {
      button.hidden = false;
      frame.hidden = true;
      tell("warn", "Gõ mã", whyNoCamera(error));
    }
  });
}
