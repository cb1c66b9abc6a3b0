// Check people in without a line: the list and every mark are kept on this phone until the school has them.
import { canWatch, newNumber, shake, show, watch, whyNoCamera } from "./camera.js";

const root = document.querySelector("[data-offline]");
const part = (name) => root.querySelector(`[data-${name}]`);
const { roster: rosterAddress, send: sendAddress, worker, scope } = root.dataset;
const ROSTER = `lms.roster.${scope}`;
const MARK = `lms.mark.${scope}.`;
const WORDS = { present: "Có mặt", late: "Đến muộn", left_early: "Về sớm", excused: "Vắng có phép", absent: "Vắng" };
let trouble = "";
let isSending = false;
let heardAt = 0;

// Each mark is an entry of its own, written at once: a closed tab or a second one loses nothing.
const roster = () => JSON.parse(localStorage.getItem(ROSTER));
const marks = () =>
  Object.keys(localStorage)
    .filter((key) => key.startsWith(MARK))
    .map((key) => JSON.parse(localStorage.getItem(key)))
    .sort((one, other) => one.at - other.at);
const keep = (mark) => localStorage.setItem(MARK + mark.nonce, JSON.stringify(mark));
const isWaiting = (mark) => mark.outcome === undefined;
const isOnlyHere = (mark) => isWaiting(mark) || mark.outcome === "refused";
const clock = (moment) => new Date(moment).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
const thisMoment = (list) => Date.now() + list.ahead;

async function takeList() {
  const asked = Date.now();
  const answer = await fetch(rosterAddress, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
  if (answer.status === 401) throw new Error("Anh/chị cần đăng nhập lại để gửi. Các dấu vẫn còn trên máy.");
  if (!answer.ok) throw new Error(`${(await answer.text()).slice(0, 300)} Các dấu vẫn còn trên máy.`);
  const list = await answer.json();
  // How far the school's clock is ahead of this phone's, measured half-way between asking and hearing.
  list.ahead = list.now - (asked + Date.now()) / 2;
  localStorage.setItem(ROSTER, JSON.stringify(list));
  heardAt = Date.now();
  return list;
}

// A list of some minutes is fresh enough; on a thin line it must not travel with every mark.
async function freshList() {
  return Date.now() - heardAt < 300000 ? roster() : takeList();
}

async function send(also = isWaiting) {
  if (isSending) return;
  isSending = true;
  let isDone = false;
  try {
    const list = await freshList();
    const sent = marks().filter(also);
    if (sent.length) await deliver(list, sent);
    trouble = "";
    isDone = true;
  } catch (error) {
    // Without a line `fetch` fails with a TypeError: that is what this page is for, and no trouble.
    trouble = error instanceof TypeError ? "" : error.message;
  }
  isSending = false;
  render();
  if (isDone && marks().some(isWaiting)) send();
}

async function deliver(list, sent) {
  const answer = await fetch(sendAddress, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": list.csrf, "X-Requested-With": "fetch" },
    body: JSON.stringify({ marks: sent }),
  });
  if (answer.status === 401) heardAt = 0;
  if (!answer.ok) throw new Error(`${(await answer.text()).slice(0, 300)} Các dấu vẫn còn trên máy.`);
  for (const { nonce, outcome, said } of (await answer.json()).answers) {
    keep({ ...sent.find((mark) => mark.nonce === nonce), outcome, said });
  }
}

function put(seat, mark, source) {
  const list = roster();
  const at = thisMoment(list);
  if (at < list.opens) return tell("bad", seat.name, `Điểm danh mở từ ${clock(list.opens)}. Chưa ghi gì cả.`);
  if (at >= list.closes) return tell("bad", seat.name, "Ngày học đã qua. Hãy ghi trong danh sách lúc có mạng.");
  const before = marks().find((one) => one.seat === seat.id && one.outcome !== "refused");
  if (source !== "list" && before) {
    return tell("warn", seat.name, `Đã ghi “${WORDS[before.mark]}” lúc ${clock(before.at)} trên máy này.`);
  }
  for (const old of marks().filter((one) => one.seat === seat.id && isWaiting(one))) {
    localStorage.removeItem(MARK + old.nonce);
  }
  if (mark) {
    keep({ nonce: newNumber(), device: list.device, pass: list.pass, seat: seat.id, mark, source, at: Math.round(at) });
    tell("good", seat.name, `${WORDS[mark]}, ghi lúc ${clock(at)}. Đã giữ trên máy.`);
  }
  render();
  send();
}

async function scanned(text) {
  const token = text.toUpperCase().match(/[0-9A-F]{32}/)?.[0];
  const digest = token && (await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
  const hex = digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  found(roster().seats.find((seat) => seat.token === hex), "scan", "Mã vừa quét không có trong danh sách của buổi này.");
}

function found(seat, source, otherwise) {
  if (seat) put(seat, "present", source);
  else tell("bad", "", `${otherwise} Chưa ghi gì cả.`);
}

function tell(kind, name, said) {
  show(part("shown"), kind, name, said);
  shake(kind);
}

function render() {
  const list = roster();
  root.hidden = false;
  part("start").hidden ||= !canWatch();
  if (list === null) return status(trouble || "Máy chưa có danh sách. Hãy mở lại trang này lúc có mạng.");
  const all = marks();
  const waiting = all.filter(isWaiting).length;
  const refused = all.filter((mark) => mark.outcome === "refused").length;
  const words = [`Danh sách ${list.seats.length} người, tải lúc ${clock(list.now)}.`];
  if (all.length) words.push(`Đã gửi ${all.length - waiting - refused}, còn ${waiting} chờ mạng.`);
  if (refused) words.push(`${refused} dấu không được nhận, xem lý do bên dưới.`);
  status([...words, trouble].join(" "));
  part("people").replaceChildren(...list.seats.map((seat) => line(seat, all)), ...strangers(list, all));
}

function line(seat, all) {
  const own = all.filter((mark) => mark.seat === seat.id).at(-1);
  const item = document.createElement("li");
  const label = document.createElement("label");
  const select = document.createElement("select");
  const note = document.createElement("p");
  select.id = `nguoi-${seat.id}`;
  label.htmlFor = select.id;
  label.textContent = `${seat.code}. ${seat.name}, ${seat.team}`;
  const stands = own && own.outcome !== "refused" ? own.mark : seat.mark;
  for (const [value, said] of [["", "Chưa ghi"], ...Object.entries(WORDS)]) {
    select.add(new Option(said, value, value === stands, value === stands));
  }
  select.disabled = Boolean(seat.mark) || Boolean(own && own.outcome && own.outcome !== "refused");
  select.addEventListener("change", () => put(seat, select.value, "list"));
  note.className = "soft";
  note.textContent = own ? (own.said ?? `Ghi lúc ${clock(own.at)}, chờ mạng.`) : "";
  item.append(label, select, note);
  return item;
}

// Marks of people who are no longer on the list are shown all the same: nothing disappears.
function strangers(list, all) {
  const known = new Set(list.seats.map((seat) => seat.id));
  return all
    .filter((mark) => !known.has(mark.seat))
    .map((mark) => {
      const item = document.createElement("li");
      item.textContent = `Người không còn trong danh sách, ghi lúc ${clock(mark.at)}. ${mark.said ?? "Chờ mạng."}`;
      return item;
    });
}

function status(words) {
  part("status").textContent = words;
}

async function wipe() {
  for (const mark of marks()) localStorage.removeItem(MARK + mark.nonce);
  localStorage.removeItem(ROSTER);
  for (const name of await caches.keys()) {
    if (name === `diem-danh ${scope}`) await caches.delete(name);
  }
  const registration = await navigator.serviceWorker?.getRegistration(scope);
  await registration?.unregister();
  part("people").replaceChildren();
}

part("start").addEventListener("click", async () => {
  part("start").hidden = true;
  part("camera").hidden = false;
  try {
    await watch(part("camera").querySelector("video"), scanned);
  } catch (error) {
    part("camera").hidden = true;
    tell("warn", "Gõ mã", whyNoCamera(error));
  }
});

part("code").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = event.target.elements.said.value.replace(/\D/g, "");
  found(roster()?.seats.find((seat) => seat.code === code), "code", "Mã vừa gõ chưa đúng.");
  event.target.reset();
});

part("send-now").addEventListener("click", () => send(isOnlyHere));

part("wipe").addEventListener("click", async () => {
  const here = marks().filter(isOnlyHere).length;
  if (here && !window.confirm(`Còn ${here} dấu chưa gửi hoặc không được nhận. Xóa là mất các dấu này. Vẫn xóa?`)) return;
  await wipe();
  status("Đã xóa danh sách khỏi máy này.");
});

async function begin() {
  const list = roster();
  if (list !== null && thisMoment(list) > list.kept_until && !marks().some(isOnlyHere)) {
    await wipe();
    root.hidden = false;
    return status("Lớp đã học xong nên danh sách đã được xóa khỏi máy này.");
  }
  render();
  await send();
  await navigator.serviceWorker?.register(worker, { scope });
}

window.addEventListener("online", () => send());
setInterval(() => marks().some(isWaiting) && send(), 30000);
begin();
