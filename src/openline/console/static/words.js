// Figures in the words that controllers use.

const two = (number) => String(number).padStart(2, "0");

export function clock(ms, { seconds = true } = {}) {
  if (ms === null || ms === undefined) return "";
  const at = new Date(ms);
  const hours = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  return seconds ? `${hours}:${two(at.getUTCSeconds())}` : hours;
}

export const day = (ms) => new Date(ms).toISOString().slice(0, 10);

export function ago(fromMs, nowMs) {
  if (fromMs === null) return "never";
  const seconds = Math.max(0, Math.round((nowMs - fromMs) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}

// A difference in time with its sign; what is less than a tenth of a second is none.
export function seconds(ms) {
  const tenths = Math.round(ms / 100);
  return tenths === 0 ? "0 s" : `${tenths > 0 ? "+" : "\u2212"}${(Math.abs(tenths) / 10).toFixed(1)} s`;
}

export function change(proposal) {
  if (!proposal) return "";
  if (proposal.as_filed) return "as filed";
  const parts = [];
  const feet = Math.round(proposal.climb_dmm / 3048);
  if (feet) parts.push(`${feet > 0 ? "climb" : "descend"} ${Math.abs(feet).toLocaleString("en")} ft`);
  const seconds = Math.round(proposal.delay_ms / 1000);
  const minutes = Math.abs(seconds) >= 60 && seconds % 60 === 0;
  const length = minutes ? `${Math.abs(seconds) / 60} min` : `${Math.abs(seconds)} s`;
  if (seconds) parts.push(`${length} ${seconds > 0 ? "later" : "earlier"}`);
  return parts.join(", ");
}

export const STALE = { late: " came late", over: " came when it was over" };

export const MOVES = {
  REQUEST: ["Request", "Ask the other side to clear our operation"],
  ACP: ["Accept", "Agree to the proposal on the table"],
  RJC: ["Reject", "Do not agree, with a reason"],
  SBY: ["Stand by", "Say until when you will answer"],
  CDN: ["Counter", "Propose another level or time, proved free of conflict"],
  CANCEL: ["Cancel", "Withdraw from the proposal or agreement"],
};

export const REASONS = ["traffic", "constraint", "performance", "weather", "workload", "too-late", "safety", "technical",
  "instructed", "other"];
