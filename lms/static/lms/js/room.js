// Let a presenter's remote and the arrow keys turn the cards; without this file the links do.
const next = ["ArrowRight", "PageDown", " "];
const previous = ["ArrowLeft", "PageUp"];

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (key === " " && target.closest("button, summary")) return;
  if (next.includes(key) && (key === "ArrowRight" || isAtEnd())) turn(event, "next");
  if (previous.includes(key) && (key === "ArrowLeft" || scrollY === 0)) turn(event, "prev");
});

// A long card is read to its end before it is turned.
function isAtEnd() {
  return innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
}

function turn(event, way) {
  const link = document.querySelector(`a[rel="${way}"]`);
  if (link === null) return;
  event.preventDefault();
  link.click();
}

// While people talk about a card nobody touches the phone; its screen stays on all the same.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // A phone that saves its battery says no; the card is there as soon as somebody touches it.
  }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();
