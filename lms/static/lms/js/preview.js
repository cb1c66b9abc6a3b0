// Show the paper anew while its words are typed; without this file the form's own button does.
const form = document.querySelector("form[data-live]");
const picture = document.querySelector("[data-preview]");
const said = document.querySelector("[data-said]");
let wait = 0;
let latest = 0;

async function show() {
  const mine = ++latest;
  const answer = await fetch(form.dataset.live, { method: "POST", body: new FormData(form) }).catch(() => null);
  if (mine !== latest) return;
  if (answer?.ok) {
    picture.src = await answer.text();
    said.textContent = "Hình trên là những gì đang gõ, chưa lưu.";
  } else {
    said.textContent = "Chưa xem thử được dòng vừa gõ. Hãy bấm Lưu và xem thử để biết chỗ cần sửa.";
  }
}

form?.addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(show, 400);
});
