// The page: asks the node each second how it stands, and for the rest only when something has changed.

import { askEmergency, askSeat, callCard, sayShown, seat, signOff } from "./calls.js";
import { el, keepRows, setText, showSvg } from "./dom.js";
import { ask, name } from "./moves.js";
import { MOVES, STALE, ago, change, clock, day, seconds } from "./words.js";

const POLL_MS = 1000;
const SHOWN = 200; // rows of a table; more is no table that a person reads
const at = (id) => document.getElementById(id);
const page = { mark: null, status: null, conflicts: [], calls: [] };

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response;
}
const json = async (path) => (await get(path)).json();

async function poll() {
  try {
    const status = await json("/api/status");
    page.status = status;
    showStatus(status);
    if (status.mark !== page.mark) {
      await refresh();
      page.mark = status.mark;
    }
    contact(true);
  } catch (fault) {
    contact(false);
  }
  setTimeout(poll, POLL_MS);
}

async function refresh() {
  const [calls, conflicts, notices, journal, telephoned] = await Promise.all([json("/api/calls"),
    json("/api/conflicts"), json("/api/notices?geometry=no"), json("/api/journal?limit=60"), json("/api/telephoned")]);
  page.conflicts = conflicts;
  page.calls = calls;
  showCalls();
  showConflicts();
  showOperations(notices);
  showJournal(journal);
  showTelephoned(telephoned.filter((call) => ["unverified", "differs"].includes(call.state)));
  await draw();
}

// Drawn for the room there is, so that its words are as large as those of the page.
async function draw() {
  const sheet = at("picture");
  const size = `width=${Math.max(sheet.clientWidth, 320)}&height=${Math.max(sheet.clientHeight, 240)}`;
  showSvg(sheet, await (await get(`/picture.svg?${size}`)).text());
}

function contact(there) {
  const node = at("contact");
  node.className = there ? "contact" : "contact lost";
  setText(node, there ? "" : "This page has lost its node: what it shows is old");
}

// Calls stand above everything else, and are said to be shown once they are there.
function showCalls() {
  const node = at("calls");
  node.hidden = page.calls.length === 0;
  keepRows(node, page.calls, (call) => call.message, (call) => callCard(call, page.status.party, attempt));
  showSeat();
  sayShown(page.status.party, page.calls, page.conflicts).catch((fault) => tell(fault.message, false));
}

function showSeat() {
  const who = seat();
  setText(at("seat"), who ? `${who.pseudonym} at ${who.position}` : "Sign on");
  at("leave").hidden = !who;
}

async function attempt(send) {
  try {
    await send();
    tell("Said", true);
  } catch (fault) {
    tell(fault.message, false);
  }
  page.mark = null;
}

// The bar, alarms and lines

function showStatus(status) {
  setText(at("title"), status.title);
  setText(at("party"), `${status.party} · Openline ${status.version}${status.clock === "simulated" ? " · simulated time" : ""}`);
  document.title = `${status.title} · Openline`;
  const mark = at("mark");
  mark.className = `mark ${status.exercise ? "exercise" : "real"}`;
  setText(mark, status.lines.length === 0 ? "NO LINE" : status.exercise ? "EXERCISE" : "REAL");
  setText(at("clock"), `${day(status.now_ms)} ${clock(status.now_ms)}Z`);
  showAlarms(status.alarms);
  keepRows(at("lines"), status.lines.map((line) => ({ ...line, heard: ago(line.last_heard_ms, status.now_ms) })),
    (line) => line.accord_id, lineCard);
}

function showAlarms(alarms) {
  const node = at("alarms");
  node.hidden = alarms.length === 0;
  keepRows(node, alarms, (alarm) => alarm.alarm_id, (alarm) => el("div", {},
    el("b", {}, alarm.kind), el("span", {}, alarm.text), el("time", {}, clock(alarm.raised_ms))));
}

function lineCard(line) {
  const equal = line.pictures_equal;
  const said = equal === null ? "not compared yet" : equal ? "pictures equal" : "PICTURES DIFFER";
  const off = line.clock_difference_ms === null ? "unknown" : seconds(line.clock_difference_ms);
  const cells = ["urgent", "routine"].flatMap((lane) => [
    el("span", { class: "head" }, `${lane} lane`),
    ...["said", "acknowledged", "received"].map((what) => el("span", {}, `${line.lanes[lane][what]} ${what}`))]);
  const by = line.suspended_by.length ? ` by ${line.suspended_by.join(" and ")}` : "";
  return el("article", { class: "card", "aria-label": `Line with ${line.partner}` },
    el("span", { class: `state ${line.state.split(" ")[0]}` }, line.state + by),
    el("span", { class: "partner" }, line.partner),
    el("span", { class: `equal ${equal === null ? "" : equal ? "yes" : "no"}` }, said),
    el("span", { class: "facts" }, `heard ${line.heard} · its clock ${off} · accord version ${line.accord_version}`),
    el("span", { class: `facts link ${line.link}` }, linkWords(line)),
    el("div", { class: "lanes" }, cells));
}

// The connection alone, whose fault it is if it is lost, what rests, and why we think so.
function linkWords(line) {
  const fault = line.fault ? ` (fault: ${line.fault})` : "";
  const rests = line.scope ? `${line.scope} rests · ` : "";
  return `${rests}connection ${line.link}${fault}: ${line.evidence.join("; ")}`;
}

// Conflicts

function showConflicts() {
  const every = at("all-conflicts").checked;
  const rank = (row) => (row.status === "open" ? (mustMove(row) ? 0 : 1) : row.status === "agreed" ? 2 : 3);
  const rows = page.conflicts.filter((row) => every || row.status === "open")
    .sort((one, other) => rank(one) - rank(other) || one.start_ms - other.start_ms);
  const open = page.conflicts.filter((row) => row.status === "open").length;
  const agreed = page.conflicts.filter((row) => row.status === "agreed").length;
  setText(at("count-conflicts"), `${open} open · ${agreed} agreed · ${page.conflicts.length - open - agreed} gone`);
  fill("conflicts", rows, (row) => row.conflict_id, conflictRow);
}

const mustMove = (row) => row.your_moves.includes("ACP");

function conflictRow(row) {
  const buttons = row.your_moves.map((kind) => el("button", {
    type: "button", class: { ACP: "accept", RJC: "reject" }[kind], title: MOVES[kind][1], "data-does": kind,
    "aria-label": `${MOVES[kind][0]}: ${name(row.first)} and ${name(row.second)}`, onclick: () => move(row, kind),
  }, MOVES[kind][0]));
  const close = row.closest;
  return el("tr", { class: mustMove(row) ? "yours" : null, "data-conflict": row.conflict_id },
    el("td", {}, el("span", { class: `pill ${row.status}` }, row.status), row.finding === "possible" ? " possible" : ""),
    el("td", {}, side(row.first), " and ", side(row.second)),
    el("td", { class: "num" }, `${clock(row.start_ms)} to ${clock(row.end_ms)}`),
    el("td", { class: "num" }, close ? `${close.lateral_nm.toFixed(2)} NM, ${Math.round(close.vertical_ft).toLocaleString("en")} ft` : ""),
    el("td", {}, ...dialogue(row)),
    el("td", {}, side(mover(row))),
    el("td", { class: "moves" }, buttons.length ? buttons : el("span", { class: "soft" }, "none")));
}

const side = (it) => el("span", { class: it.party === page.status.party ? "own" : "theirs", title: `${it.party} ${it.notice_id}` }, name(it));
const mover = (row) => (row.first.party === row.mover ? row.first : row.second);

function dialogue(row) {
  const { state, proposal, proposer, agreed, reason, standby_until_ms: until } = row.dialogue;
  const shown = proposal ?? agreed ?? row.outcome?.agreed ?? null;
  const moved = shown && [row.first, row.second].find((it) => it.notice_id === shown.notice_id);
  const words = shown ? ` ${moved ? name(moved) : ""} ${change(shown)}${proposal ? ` (by ${proposer})` : ""}` : "";
  const parts = [el("b", {}, row.outcome && !proposal ? `${row.outcome.state} before` : state), words];
  if (reason) parts.push(` (${reason})`);
  if (until && until > page.status.now_ms) parts.push(el("span", { class: "waiting" }, ` stand by until ${clock(until)}`));
  return parts;
}

function move(row, kind) {
  ask(row, kind, page.status.now_ms, attempt);
}

function tell(text, good) {
  const node = at("told");
  node.className = good ? "told good" : "told";
  setText(node, text);
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => setText(node, ""), good ? 2500 : 9000);
}

// Operations and messages

function showOperations(notices) {
  setText(at("count-operations"), `${notices.length} live`);
  fill("operations", notices, (row) => row.notice_id, (row) => el("tr", {},
    el("td", {}, el("span", { class: row.origin ? "passed" : row.party === page.status.party ? "own" : "theirs" }, whose(row))),
    el("td", {}, row.callsign ?? row.notice_id.slice(0, 8), row.stale ? el("span", { class: "stale" }, STALE[row.stale]) : ""),
    el("td", { class: ["Nonconforming", "Contingent"].includes(row.state) ? "off" : row.state === "Ended" ? "over" : null }, row.state),
    el("td", { class: "num" }, clock(row.start_ms, { seconds: false })),
    el("td", { class: "num" }, clock(row.end_ms, { seconds: false })),
    el("td", {}, String(row.version))));
}

// With several lines our own operations stand here once for each partner that was told.
function whose(row) {
  if (row.origin) return `${row.origin}, told by ${row.party}`;
  const several = page.status.lines.length > 1 && row.party === page.status.party;
  return several ? `${row.party} to ${row.partner}` : row.party;
}

function showJournal(rows) {
  fill("journal", [...rows].reverse(), (row) => row.hash, (row) => el("tr", {},
    el("td", { class: "num" }, clock(row.at_ms)),
    el("td", {}, el("span", { class: row.sender === page.status.party ? "own" : "theirs" }, row.sender)),
    el("td", {}, row.kind), el("td", {}, row.lane), el("td", { class: "num" }, String(row.number)),
    el("td", {}, row.acknowledged ? "yes" : el("span", { class: "waiting" }, "not yet"))));
}

// What was read over the telephone: information, and never more than that until the sealed original has come.

function showTelephoned(calls) {
  const node = at("telephoned");
  node.hidden = calls.length === 0;
  keepRows(node, calls.slice(0, SHOWN), (call) => String(call.number), (call) => el("article", { class: `typed ${call.state}` },
    el("b", { class: "state" }, call.state.toUpperCase()),
    el("span", {}, `${call.kind} by telephone from ${call.sender}, ${call.lane} ${call.place}${call.whole ? "" : " (the call broke off)"}`),
    el("span", { class: "soft" }, `typed ${clock(call.entered_ms)} by ${call.pseudonym} at ${call.position}`),
    el("p", {}, call.words.join("; ")),
    ...call.fields.filter((field) => field.differs).map((field) => el("p", { class: "differs" },
      `${field.label}: by telephone ${field.telephoned ?? "nothing"}, sealed ${field.original ?? "nothing"}`))));
}

function fill(id, rows, keyOf, build) {
  keepRows(at(id).tBodies[0], rows.slice(0, SHOWN), keyOf, build);
  at(id).hidden = rows.length === 0;
  at(id).parentElement.querySelector(".empty").hidden = rows.length > 0;
}

at("emergency").addEventListener("click", () => askEmergency(page.status?.lines ?? [], attempt));
at("seat").addEventListener("click", () => askSeat(attempt));
at("leave").addEventListener("click", () => attempt(signOff));
document.addEventListener("visibilitychange", () => { page.mark = null; });
at("all-conflicts").addEventListener("change", showConflicts);
addEventListener("resize", () => { page.mark = null; });
poll();
