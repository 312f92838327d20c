// Calls: what stands before everybody at this page, what may be said of it, and that it was shown here.

import { el } from "./dom.js";
import { post } from "./moves.js";
import { clock } from "./words.js";

const SEAT = "openline-seat";
const E9 = 1e9;
const WANTED = ["stop", "keep-clear", "call-crew", "call-us", "take-note"];
const NATURES = ["endangered", "distress", "urgency", "collision-risk", "no-communication", "unlawful-interference",
  "minimum-fuel", "medical", "other"];
const WORDS = { TAKEN: "Take it", CLOSE: "Close", READBACK: "Read back", ASSISTING: "Can help", IDENTIFIED: "Answer" };
const shown = new Set(); // by seat and message: what this page has already said to be shown

// Who sits here. A page with nobody in the seat shows everything, and says of nothing that it was shown.
export function seat() {
  try { return JSON.parse(localStorage.getItem(SEAT)); } catch { return null; }
}

export function officer() {
  const who = seat();
  if (!who) throw new Error("Sign on first: who sits here?");
  return { ...who, automaton: false };
}

export async function signOn(position, pseudonym, act) {
  await post("/api/duty", { act, position, pseudonym, automaton: false });
  localStorage.setItem(SEAT, JSON.stringify({ position, pseudonym }));
}

export async function signOff() {
  const who = seat();
  if (who) await post("/api/duty", { act: "off", ...who, automaton: false });
  localStorage.removeItem(SEAT);
}

export const say = (accord, kind, body) => post(`/api/lines/${accord}/say/${kind}`, body);

// What is rendered at a manned seat was shown there: calls of the partner, and its proposals that wait for us.
export async function sayShown(us, calls, conflicts) {
  const who = seat();
  if (!who || document.visibilityState !== "visible") return;
  const theirs = calls.filter((call) => call.caller !== us && !call.shown_at.includes(who.position))
    .map((call) => [call.accord_id, call.message]);
  const asked = conflicts.filter((row) => row.status === "open" && row.dialogue.tip && row.dialogue.proposer && row.dialogue.proposer !== us)
    .map((row) => [row.accord_id, row.dialogue.tip]);
  const fresh = [...theirs, ...asked].filter(([, message]) => !shown.has(`${who.position} ${message}`));
  for (const accord of new Set(fresh.map(([it]) => it))) {
    const messages = fresh.filter(([it]) => it === accord).map(([, message]) => message);
    await post(`/api/lines/${accord}/shown`, { messages, ...who, automaton: false });
    for (const message of messages) shown.add(`${who.position} ${message}`);
  }
}

export function callCard(call, us, done) {
  const { said } = call;
  const what = [said.nature, said.need, said.wanted && `asks to ${said.wanted}`].filter(Boolean).join(", ").replaceAll("-", " ");
  const who = said.officer ? `${call.caller}, ${said.officer.position}` : call.caller;
  const facts = [
    place(said.where), aircraft(said.aircraft),
    call.shown_at.length ? `shown at ${call.shown_at.join(", ")}` : "shown to nobody yet",
    call.escalated.length ? `called: ${call.escalated.join(", ")}` : null,
    call.closed_by.length ? `closed by ${call.closed_by.join(", ")}` : null,
    ...call.answers.map((it) => answer(it)),
  ].filter(Boolean);
  return el("article", { class: `call ${call.kind.toLowerCase()}`, "data-call": call.message, "aria-label": `${call.kind} of ${call.caller}` },
    el("div", { class: "head" }, el("b", {}, call.kind), el("span", {}, `${what || "whose aircraft is this?"} (${who})`),
      el("span", { class: "state" }, call.state), el("time", {}, clock(call.at_ms))),
    said.text ? el("p", { class: "text", dir: "auto", title: "free text, not translated" }, said.text) : null,
    el("p", { class: "facts" }, facts.join(" \u00b7 ")),
    call.readback ? readbackView(call) : null,
    el("div", { class: "moves" }, call.your_moves.map((kind) => button(call, kind, done))));
}

function place(where) {
  if (!where) return null;
  const part = (e9, plus, minus) => `${(Math.abs(e9) / E9).toFixed(4)}\u00b0${e9 < 0 ? minus : plus}`;
  const radius = where.radius_dmm ? ` within ${(where.radius_dmm / 18520000).toFixed(1)} NM` : "";
  return `${part(where.latitude_e9, "N", "S")} ${part(where.longitude_e9, "E", "W")}${radius}`;
}

function aircraft(it) {
  if (!it) return null;
  return [it.callsign, it.squawk && `squawk ${it.squawk}`, it.course_deg !== undefined && `course ${it.course_deg}\u00b0`,
    it.ground_speed_kt !== undefined && `${it.ground_speed_kt} kt`].filter(Boolean).join(", ");
}

function answer(it) {
  if (it.kind === "IDENTIFIED") return `${it.whose.replaceAll("-", " ")} (${it.officer.pseudonym})`;
  if (it.kind === "ASSISTING") return it.can ? "they can help" : "they cannot help";
  return `taken by ${it.officer.pseudonym} at ${it.officer.position}`;
}

// What was said and what was understood, in words and on a map.
function readbackView(call) {
  const { verdict, differences } = call.readback;
  const words = verdict === "SAME" ? "read back right" : verdict === "INCOMPLETE" ? "read back in part, so far right" : differences.map((it) => it.text).join("; ");
  const map = differences.find((it) => it.metres !== undefined && it.metres !== null);
  return el("div", { class: `readback ${verdict.toLowerCase()}` }, el("b", {}, `READBACK ${verdict}`), el("span", {}, words), map ? apart(map) : null);
}

function apart({ said, read, metres }) {
  const svg = (name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
    if (text) node.textContent = text;
    return node;
  };
  const cos = Math.cos((said.latitude_e9 / E9) * Math.PI / 180);
  const east = (read.longitude_e9 - said.longitude_e9) * cos, north = read.latitude_e9 - said.latitude_e9;
  const scale = 46 / Math.max(Math.abs(east), Math.abs(north), 1);
  const [x, y] = [70 + (east * scale) / 2, 60 - (north * scale) / 2];
  const [x0, y0] = [70 - (east * scale) / 2, 60 + (north * scale) / 2];
  const map = svg("svg", { viewBox: "0 0 140 120", class: "apart", role: "img", "aria-label": `said and understood, ${(metres / 1000).toFixed(1)} km apart; north is up` });
  map.append(svg("line", { x1: x0, y1: y0, x2: x, y2: y, class: "way" }),
    svg("circle", { cx: x0, cy: y0, r: 5, class: "said" }), svg("text", { x: x0, y: y0 - 8, "text-anchor": "middle" }, "said"),
    svg("rect", { x: x - 5, y: y - 5, width: 10, height: 10, class: "read" }), svg("text", { x, y: y + 17, "text-anchor": "middle" }, "understood"),
    svg("text", { x: 70, y: 114, "text-anchor": "middle", class: "far" }, `${(metres / 1000).toFixed(1)} km`));
  return map;
}

function button(call, kind, done) {
  return el("button", { type: "button", class: kind === "CLOSE" ? null : "accept", "data-does": kind, onclick: () => act(call, kind, done) }, WORDS[kind]);
}

function act(call, kind, done) {
  const send = (body) => done(() => say(call.accord_id, kind.toLowerCase(), { answers: call.message, officer: officer(), ...body }));
  if (kind === "READBACK") return readBack(call, send);
  if (kind === "IDENTIFIED") return choose("Whose aircraft is it?", "whose", ["ours", "not-ours", "will-not-say"], (whose) => send({ whose }));
  if (kind === "ASSISTING") return choose("Can you help?", "can", ["yes", "no"], (can) => send({ can: can === "yes" }));
  return send({});
}

function choose(title, name, choices, done) {
  const field = el("label", {}, el("select", { name, "aria-label": title }, choices.map((it) => el("option", { value: it }, it.replaceAll("-", " ")))));
  open(title, "", [field], (data) => done(data.get(name)));
}

// Typed as it was understood, not copied: the fields begin empty.
function readBack(call, send) {
  const fields = call.values.map((value) => el("label", {}, `${value.name} `,
    el("input", { name: value.name, autocomplete: "off", placeholder: hint(value), "aria-label": value.name })));
  open("Read back what you understood", "Both nodes compare it with what was said.", fields, (data) => {
    const values = call.values.map((value) => understood(value, String(data.get(value.name) ?? "").trim())).filter(Boolean);
    return send({ values });
  });
}

const hint = (value) => value.time_ms !== undefined ? "2026-01-01T12:00Z" : value.height_dmm !== undefined ? "feet" : "latitude, longitude";

function understood(value, text) {
  if (!text) return null;
  if (value.time_ms !== undefined) return { name: value.name, time_ms: Date.parse(text) };
  if (value.height_dmm !== undefined) return { name: value.name, height_dmm: Math.round(Number(text) * 3048) };
  const [latitude, longitude] = text.split(",").map(Number);
  return { name: value.name, latitude_e9: Math.round(latitude * E9), longitude_e9: Math.round(longitude * E9) };
}

export function askEmergency(lines, done) {
  const select = (name, label, values) => el("label", {}, `${label} `, el("select", { name }, values.map(([value, word]) => el("option", { value }, word))));
  const plain = (values) => values.map((it) => [it, it.replaceAll("-", " ")]);
  const fields = [
    select("line", "To", lines.map((line) => [line.accord_id, line.partner])),
    select("nature", "What it is", plain(NATURES)), select("wanted", "They are asked to", plain(WANTED)),
    el("label", {}, "Place ", el("input", { name: "at", placeholder: "latitude, longitude", autocomplete: "off" })),
    el("label", {}, "Within, NM ", el("input", { name: "radius", type: "number", min: 0, max: 500, step: "any", value: 0 })),
    el("label", {}, "Text, not translated ", el("input", { name: "text", maxlength: 500, autocomplete: "off" }))];
  open("Emergency", "It overtakes everything, and stands until both sides have closed it.", fields, (data) => done(() => {
    const body = { nature: data.get("nature"), wanted: data.get("wanted"), officer: officer() };
    const [latitude, longitude] = String(data.get("at")).split(",").map(Number);
    if (String(data.get("at")).trim()) {
      body.where = { latitude_e9: Math.round(latitude * E9), longitude_e9: Math.round(longitude * E9) };
      const radius = Math.round(Number(data.get("radius")) * 18520000);
      if (radius) body.where.radius_dmm = radius;
    }
    if (String(data.get("text")).trim()) body.text = String(data.get("text")).trim();
    return say(data.get("line"), "emergency", body);
  }));
}

export function askSeat(done) {
  const who = seat();
  const field = (name, label, value) => el("label", {}, `${label} `, el("input", { name, value, required: true, pattern: "[a-z0-9\\-]{1,32}", autocomplete: "off" }));
  const acts = el("label", {}, "The seat is ", el("select", { name: "act" }, [["on", "empty: sign on"], ["handover", "manned: take it over"]]
    .map(([value, word]) => el("option", { value }, word))));
  open("Who sits here?", "Every partner is told. Whatever this page renders then counts as shown here.",
    [field("position", "Position", who?.position ?? "watch"), field("pseudonym", "Who", who?.pseudonym ?? ""), acts],
    (data) => done(() => signOn(data.get("position"), data.get("pseudonym"), data.get("act"))));
}

function open(title, help, fields, read) {
  const dialog = document.getElementById("move");
  const body = el("form", { method: "dialog" }, fields, el("div", { class: "buttons" },
    el("button", { type: "button", onclick: () => dialog.close() }, "Back"), el("button", { type: "submit", class: "accept" }, "Say it")));
  body.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(body);
    dialog.close();
    read(data);
  });
  dialog.replaceChildren(el("h3", { id: "move-title" }, title), el("div", { class: "soft" }, help), body);
  dialog.showModal();
}
