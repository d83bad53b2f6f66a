// Within the program there is no time to wait for: what is drawn is drawn at once.

globalThis.setTimeout ??= () => 0;
globalThis.clearTimeout ??= () => {};
