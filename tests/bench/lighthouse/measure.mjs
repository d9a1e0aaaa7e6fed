// Lets Lighthouse look at one page as a phone sees it and writes its reports: node measure.mjs <address> <folder/name without ending>
import { writeFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [address, target] = process.argv.slice(2);
const chrome = await launch({
  chromePath: process.env.CHROME_PATH,
  chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  logLevel: "silent",
});
try {
  // Lighthouse's own mobile profile (Moto G Power, slow 4G, processor four times slower), nothing changed.
  const found = await lighthouse(address, {
    port: chrome.port,
    logLevel: "error",
    output: ["json", "html"],
    onlyCategories: ["performance", "accessibility", "best-practices", "seo"],
  });
  writeFileSync(`${target}.json`, found.report[0]);
  writeFileSync(`${target}.html`, found.report[1]);
} finally {
  await chrome.kill();
}
