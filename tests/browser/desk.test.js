// The operators' desk in Debian's Chromium, against real processes. test_browser.py starts them and the desk, and
// answers at CONTROL with a link that opens it.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { chromium } = require("playwright-core");

const { CONTROL, ARTEFACTS } = process.env;
const axeSource = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = Number(process.env.PATIENCE || 90000);
const TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
let browser, session, desk, account;

async function control(what, fields) {
  const answer = await fetch(`${CONTROL}/${what}?${new URLSearchParams(fields || {})}`);
  assert.strictEqual(answer.status, 200, `${what}: ${answer.status}`);
  return (await answer.text()).trim();
}

// The operator's browser in another shape: one link a desk is enough, for the session is a cookie.
async function come(options) {
  const context = await browser.newContext({ locale: "ru-RU", viewport: { width: 1280, height: 900 }, storageState: session, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.forbidden = [];
  page.on("console", (said) => {
    if (/Content Security Policy|Refused/.test(said.text())) page.forbidden.push(said.text());
  });
  return page;
}

function uid(hex) {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  const page = await come();
  const link = await control("desk");
  await page.goto(link);
  desk = new URL(link).origin;
  assert.strictEqual(page.url(), `${desk}/desk`);
  session = await page.context().storageState();
  await page.context().close();
  account = uid(await control("account"));
  await control("give", { account: account.replaceAll("-", ""), kopecks: 123456 });
});
after(async () => { await browser.close(); });

async function bodyText(page) {
  return (await page.innerText("body")).replaceAll("\u00a0", " ");
}

test("without script a correction is shown, agreed to and done, and Back does it no second time", async () => {
  const page = await come({ javaScriptEnabled: false });
  await page.goto(`${desk}/desk/accounts/${account}`);
  await page.click("text=Исправление в пользу клиента");
  await page.fill("#f-amount", "100");
  await page.selectOption("#f-reason", "1");
  await page.click("main button.primary");
  assert.ok((await bodyText(page)).includes("1 334,56 ₽"), await bodyText(page));
  const review = page.url();
  await page.click("main button.primary");
  await page.waitForURL(/\/desk\/done/);
  assert.ok((await bodyText(page)).includes("Выполнено"));
  await page.goto(`${desk}/desk/accounts/${account}`);
  assert.ok((await bodyText(page)).includes("1 334,56 ₽") && review.includes("/desk/check/credit"));
  assert.deepStrictEqual(page.forbidden, []);
  await page.context().close();
});

test("a customer's page is looked at under a banner, and has nothing to press", async () => {
  const page = await come();
  await page.goto(`${desk}/desk/accounts/${account}`);
  await page.click(`form[action='/desk/view/${account}'] button`);
  await page.waitForURL(`${desk}/balance`);
  assert.ok((await page.innerText(".viewing")).includes("Только чтение"));
  assert.strictEqual(await page.locator("main form").count(), 0);
  assert.deepStrictEqual(page.forbidden, []);
  await page.context().close();
});

const screens = () => ["/desk", "/desk/accounts", `/desk/accounts/${account}`, "/desk/payments", "/desk/transfers", "/desk/proposals",
  "/desk/refunds", "/desk/receipts", "/desk/promo", "/desk/rules", "/desk/files", "/desk/do/policy-notify", "/desk/do/begin", `/desk/do/bonus?account=${account}`, "/desk/nothing"];

test("axe finds nothing on any screen of the desk, in both themes, and nothing scrolls sideways at 320 px", async () => {
  const found = [];
  for (const [locale, colorScheme, width] of [["ru-RU", "dark", 320], ["en-US", "light", 1280]]) {
    const page = await come({ locale, colorScheme, viewport: { width, height: 900 } });
    const look = async (where) => {
      await page.evaluate(axeSource);
      const result = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
      for (const fault of result.violations) found.push(`${where} ${locale} ${colorScheme} ${width}: ${fault.id}: ${fault.nodes[0].html}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) found.push(`${where} ${locale} ${width}: ${wide} px wide`);
    };
    for (const where of screens()) {
      await page.goto(desk + where);
      await look(where);
    }
    await page.goto(`${desk}/desk/do/bonus?account=${account}`);
    await page.fill("#f-amount", "x");
    await page.click("main button.primary");
    await look("a wrong value");
    await page.fill("#f-amount", "5");
    await page.click("main button.primary");
    await look("a review");
    await page.context().close();
  }
  assert.deepStrictEqual(found, []);
});

async function shoot(page, name) {
  const file = path.join(process.env.SHOTS || ARTEFACTS, `${name}.png`);
  await page.screenshot({ path: file });
  assert.ok(fs.statSync(file).size < 150 * 1024, `${name}: ${fs.statSync(file).size} bytes`);
}

test("the desk, as README shows it", async () => {
  const page = await come();
  await page.goto(`${desk}/desk`);
  await shoot(page, "desk-wide-light-ru");
  await page.context().close();

  const dark = await come({ locale: "en-US", colorScheme: "dark" });
  await dark.goto(`${desk}/desk/do/credit?credit=${account}`);
  await dark.fill("#f-amount", "100");
  await dark.selectOption("#f-reason", "2");
  await dark.click("main button.primary");
  await shoot(dark, "desk-review-wide-dark-en");
  await dark.context().close();
});
