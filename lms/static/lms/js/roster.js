// Help with ticking a long roster: everybody at once, and how many so far; without this file one ticks by hand.
const roster = document.querySelector("[data-roster]");
if (roster !== null) {
  const most = Number(roster.dataset.roster);
  const boxes = [...roster.querySelectorAll("input[type=checkbox]")];
  const button = document.createElement("button");
  const said = document.createElement("span");
  const bar = document.createElement("p");
  button.type = "button";
  button.className = "button button--quiet";
  said.setAttribute("role", "status");
  bar.className = "cluster";
  bar.append(button, said);
  roster.querySelector(".hint").after(bar);

  const ticked = () => boxes.filter((box) => box.checked).length;
  const all = Math.min(boxes.length, most);

  const tell = () => {
    const count = ticked();
    button.textContent = count < all ? "Chọn tất cả" : "Bỏ chọn tất cả";
    said.textContent = count > most ? `Đã chọn ${count} người, quá ${most} người` : `Đã chọn ${count} người`;
  };

  button.addEventListener("click", () => {
    const wanted = ticked() < all;
    boxes.forEach((box, place) => {
      box.checked = wanted && place < most;
    });
    tell();
  });
  roster.addEventListener("change", tell);
  tell();
}
