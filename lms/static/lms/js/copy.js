// Offer a button that copies the message beside it; without this file the text can be selected by hand.
for (const box of document.querySelectorAll("[data-copy]")) {
  const text = box.querySelector("textarea");
  const button = box.querySelector("button");
  const said = box.querySelector("[role=status]");
  button.hidden = false;
  text.addEventListener("focus", () => text.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Đã sao chép. Mở Zalo và dán vào tin nhắn.";
    } catch {
      text.select();
      said.textContent = "Giữ vào phần chữ đang chọn, rồi bấm Sao chép.";
    }
  });
}
