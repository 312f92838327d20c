// The duty officer's moves: each is one POST, and cites the message it answers, so that nothing crosses unseen.

import { el } from "./dom.js";
import { MOVES, REASONS, change } from "./words.js";

export async function post(path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error([answer.text, answer.remedy].filter(Boolean).join(". "));
  return answer;
}

export function make(conflict, kind, more = {}) {
  const body = { accord_id: conflict.accord_id, kind, ...more };
  if (conflict.dialogue.tip) body.answers = conflict.dialogue.tip;
  return post(`/api/conflicts/${conflict.conflict_id}/moves`, body);
}

export const name = (side) => side.callsign || side.notice_id.slice(0, 8);

// Opens the dialog for moves that need a word more; gives null for those that do not.
export async function ask(conflict, kind, nowMs, done) {
  if (kind === "RJC") return form(conflict, kind, [reasonField()], (data) => ({ reason: data.get("reason") }), done);
  if (kind === "SBY") return form(conflict, kind, [untilField()],
    (data) => ({ until_ms: nowMs + 60000 * Number(data.get("minutes")) }), done);
  if (kind === "CDN") return counter(conflict, done);
  if (kind === "CANCEL") return form(conflict, kind, [], () => ({}), done);
  return done(() => make(conflict, kind));
}

const reasonField = () => el("label", {}, "Reason ",
  el("select", { name: "reason" }, REASONS.map((reason) => el("option", { value: reason }, reason.replace("-", " ")))));

const untilField = () => el("label", {}, "Answer within ",
  el("select", { name: "minutes" }, [1, 2, 5, 10].map((minutes) => el("option", { value: minutes }, `${minutes} min`))));

async function counter(conflict, done) {
  const sides = [conflict.first, conflict.second];
  const found = await Promise.all(sides.map(async (side) => {
    const response = await fetch(`/api/conflicts/${conflict.conflict_id}/alternatives?notice=${side.notice_id}`);
    return response.ok ? (await response.json()).map((way) => ({ side, way })) : [];
  }));
  const ways = found.flat();
  const choices = ways.map(({ side, way }, place) => el("label", {},
    el("input", { type: "radio", name: "way", value: place, required: true, checked: place === 0 }),
    el("span", {}, el("b", { class: side.operation_id ? "own" : "theirs" }, name(side)), ` ${way.sentence}`)));
  const none = "No change of level or time within the usual limits is free of conflict.";
  const field = el("fieldset", {}, el("legend", {}, "Proved free of conflict"), choices.length ? choices : none);
  return form(conflict, "CDN", [field], (data) => {
    const { side, way } = ways[Number(data.get("way"))];
    return { proposal: { notice_id: side.notice_id, delay_ms: way.delay_ms, climb_dmm: way.climb_dmm } };
  }, done, choices.length > 0);
}

function form(conflict, kind, fields, read, done, possible = true) {
  const dialog = document.getElementById("move");
  const [word, help] = MOVES[kind];
  const send = el("button", { type: "submit", class: kind === "RJC" ? "reject" : "accept", disabled: !possible }, word);
  const body = el("form", { method: "dialog" }, fields, el("div", { class: "buttons" },
    el("button", { type: "button", onclick: () => dialog.close() }, "Back"), send));
  body.addEventListener("submit", (event) => {
    event.preventDefault();
    const more = read(new FormData(body));
    dialog.close();
    done(() => make(conflict, kind, more));
  });
  const table = conflict.dialogue.proposal;
  const lies = table ? `On the table: ${change(table)}, by ${conflict.dialogue.proposer}.` : "";
  dialog.replaceChildren(
    el("h3", { id: "move-title" }, `${word}: ${name(conflict.first)} and ${name(conflict.second)}`),
    el("div", { class: "soft" }, `${help}. ${lies}`), body);
  dialog.showModal();
}
