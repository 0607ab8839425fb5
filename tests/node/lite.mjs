// Runs a workbook's code in Pyodide, as xlwings Lite does in Excel's browser: node lite.mjs PYODIDE SETTINGS
// Takes one JSON object a line, {"job": ..., ...}, and answers each with one line.
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const [pyodidePackage, settings] = [process.argv[2], JSON.parse(fs.readFileSync(process.argv[3], "utf8"))];
// standard output belongs to the answers
const aside = (line) => process.stderr.write(line + "\n");
const seconds = (since) => (performance.now() - since) / 1000;

const began = performance.now();
const { loadPyodide } = await import(pathToFileURL(path.join(pyodidePackage, "pyodide.mjs")));
const pyodide = await loadPyodide({ env: settings.environment, stdout: aside, stderr: aside });
const times = { pyodide: seconds(began) };

// no package is fetched: wheels that lie here are unpacked where Pyodide keeps packages
const extractDir = pyodide.runPython("import site; site.getsitepackages()[0]");
for (const wheel of settings.wheels) {
  pyodide.unpackArchive(new Uint8Array(fs.readFileSync(wheel)), "wheel", { extractDir });
}
times.packages = seconds(began);
pyodide.runPython(fs.readFileSync(settings.inside, "utf8"));
const answer = pyodide.globals.get("answer");

async function answered(request) {
  // lists become Python's as Lite makes them: a null is JsNull since Pyodide 0.28, None before
  const given = pyodide.toPy(request);
  try {
    return await answer(given);
  } finally {
    given.destroy?.();
  }
}

const start = JSON.parse(await answered({ job: "start", files: settings.files }));
times.started = seconds(began);
process.stdout.write(JSON.stringify({ ...start, result: { times, version: pyodide.version } }) + "\n");
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write((await answered(JSON.parse(line))) + "\n");
}
