// Messages of the server beside the control that they name: "budget.mfu = 2: must be a number above 0 and at most 1".

import {el, uniqueId} from "./dom.js";

// `places`: [{path, element}]. The one whose path stands first in the message; of paths at one place the longest.
export function complainAt(places, message) {
  const found = places.map((place) => ({...place, at: placeOf(place.path, message)})).filter(({at}) => at >= 0);
  found.sort((a, b) => a.at - b.at || b.path.length - a.path.length);
  if (found.length) complain(found[0].element, message);
}

// Where a message says "path = value: rule" or "path: rule", with keys below the path or not; -1 if nowhere.
function placeOf(path, message) {
  const key = path.replace(/\./g, "\\.");
  const match = new RegExp(`(^|: |--)${key}([.[][^ :]*)?( = |: )`).exec(message);
  return match ? match.index : -1;
}

function complain(place, message) {
  const id = uniqueId("complaint");
  const folded = place.closest("details");
  if (folded) folded.open = true;
  place.append(el("p", {class: "complaint", id}, message));
  for (const input of place.querySelectorAll("input[type=text], select")) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", id);
  }
}

export function clearComplaints(root) {
  for (const complaint of root.querySelectorAll(".complaint")) complaint.remove();
  for (const input of root.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-errormessage");
  }
}
