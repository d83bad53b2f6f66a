// The pictures of a result, by its command.

import {curvePictures, expandPictures, healthPictures} from "./curves.js";
import {auditPictures, fitPictures} from "./errors.js";
import {invertPictures} from "./invert.js";
import {predictPictures} from "./predict.js";
import {reproducePictures} from "./reproduce.js";
import {searchPictures} from "./search.js";
import {comparePictures, countPictures, sizePictures} from "./sizes.js";

const BY_COMMAND = {
  search: searchPictures,
  predict: predictPictures,
  curve: curvePictures,
  fit: fitPictures,
  health: healthPictures,
  audit: auditPictures,
  expand: expandPictures,
  invert: invertPictures,
  size: sizePictures,
  count: countPictures,
  compare: comparePictures,
  reproduce: reproducePictures,
};

/**
 * Pictures of a result of `perflaw COMMAND --json`: {id, title, description, note, width, height, option, columns, rows} each.
 * `option` is an ECharts option of plain data; a data item's `row` is its row in `rows`. Pictures of designs have `picks`,
 * too: the index in its space of the design of each row. Figures that were drawn before have `svg` and no option.
 */
export function picturesOf(result) {
  if (!Object.hasOwn(BY_COMMAND, result.command)) throw new Error(`command: "${result.command}" has no report`);
  return BY_COMMAND[result.command](result);
}
