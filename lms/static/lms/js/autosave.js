// Save each answer of a test as soon as it changes; without this file the form's own button saves.
const form = document.querySelector("form[data-autosave]");
const said = form.querySelector("[data-said]");
const counter = form.elements.seq;
let seq = Number(form.dataset.seq);
let typing = 0;
let again = 0;
let pause = 2000;

function changed() {
  clearTimeout(typing);
  clearTimeout(again);
  seq += 1;
  counter.value = seq;
  pause = 2000;
  save(seq);
}

function answer() {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith("q-")) (fields[name] ??= []).push(value);
  }
  return fields;
}

async function save(mine) {
  said.textContent = "Đang lưu…";
  const { attempt, question, autosave } = form.dataset;
  try {
    const reply = await fetch(autosave, {
      method: "POST",
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": form.elements.csrf_token.value,
        "X-Requested-With": "fetch",
      },
      body: JSON.stringify({ attempt, question, seq: mine, fields: answer() }),
    });
    if (mine !== seq) return;
    if (reply.ok) await heard(await reply.json());
    else if (reply.status === 401) said.textContent = "Anh/chị cần đăng nhập lại. Bấm “Lưu và tiếp”, câu trả lời vẫn còn.";
    else if (reply.status >= 500) wait();
    else said.textContent = (await reply.text()) || "Chưa lưu được. Bấm “Lưu và tiếp”.";
  } catch {
    if (mine === seq) wait();
  }
}

async function heard(news) {
  if (news.saved) {
    said.textContent = news.said;
  } else if (news.seq >= seq) {
    // Another phone answered since this page was opened; what was just pressed here is newer.
    seq = news.seq;
    changed();
  }
}

function wait() {
  said.textContent = "Chưa có mạng. Câu trả lời còn trên máy này và sẽ tự gửi lại.";
  again = setTimeout(() => save(seq), pause);
  pause = Math.min(pause * 2, 30000);
}

form.addEventListener("change", changed);
form.addEventListener("input", (event) => {
  if (event.target.type !== "text") return;
  clearTimeout(typing);
  typing = setTimeout(changed, 800);
});
form.addEventListener("submit", () => {
  clearTimeout(typing);
  clearTimeout(again);
  counter.value = seq + 1;
});
window.addEventListener("online", () => {
  if (said.textContent.startsWith("Chưa có mạng")) save(seq);
});
