// The page's scripts, each for one part of it.
import { one } from "./page.js";
import { startHistory } from "./history.js";
import { startPalette } from "./palette.js";
import { startShell } from "./shell.js";

startShell();
startPalette();
startHistory();
if (one("#stream")) import("./ask.js").then((module) => module.start());
if (one("#library")) import("./knowledge.js").then((module) => module.start());
if (one("#account")) import("./account.js").then((module) => module.start());
