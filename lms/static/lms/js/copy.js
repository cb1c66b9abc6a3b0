// Put a copy button where a message can be copied; without this file the text is selected by hand.
for (const place of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(place.dataset.copy);
  const button = document.createElement("button");
  const said = document.createElement("span");
  button.type = "button";
  button.className = "button button--quiet";
  button.textContent = place.dataset.copyWords ?? "Sao chép tin nhắn Zalo";
  said.setAttribute("role", "status");
  place.append(button, " ", said);
  text.addEventListener("focus", () => text.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Đã sao chép. Mở Zalo và dán.";
    } catch {
      text.closest("details")?.setAttribute("open", "");
      text.focus();
      said.textContent = "Giữ vào phần chữ đang chọn, rồi bấm Sao chép.";
    }
  });
}
