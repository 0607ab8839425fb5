// The button Refresh of the ribbon; "refresh" is its name in templates/manifest.xml and in custom_scripts.
async function refreshFromRibbon(event) {
  try {
    const who = await globalThis.getAuth();
    await globalThis.xlwings.runPython({
      scriptName: "refresh",
      auth: who.token,
      headers: { "Auth-Provider": who.provider },
    });
  } finally {
    event.completed();
  }
}
Office.actions.associate("refresh", refreshFromRibbon);
