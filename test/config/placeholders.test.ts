import { describe, expect, it } from "vitest";
import { settingsFrom } from "#config";
import { buildOf, factsOf, filledIn } from "#config/placeholders";

const settings = settingsFrom({
  environment: "prod",
  app: { name: "shop", image: "shop:1.0", environmentNames: { prod: "production" } },
  proxy: { domains: ["shop.example.com", "www.shop.example.com"], httpPort: 8080 },
});
const facts = factsOf(settings, { version: "2.1", gitSha: "abc1234" });

describe("factsOf", () => {
  it("takes the first domain, the public URL and the app's own name of the environment", () => {
    expect(facts).toEqual({
      version: "2.1",
      gitSha: "abc1234",
      domain: "shop.example.com",
      url: "http://shop.example.com:8080",
      environment: "production",
    });
  });
});

describe("filledIn", () => {
  it.each([
    ["$url/done?v=$version", "http://shop.example.com:8080/done?v=2.1"],
    [
      "https://$domain,https://api.$domain/",
      "https://shop.example.com,https://api.shop.example.com/",
    ],
    ["$environment-$gitSha", "production-abc1234"],
    // What looks like a word and is none stays.
    ["$urls $url_base $versions $URL ${url} $9 $", "$urls $url_base $versions $URL ${url} $9 $"],
    ["$$url and $$5", "$url and $$5"],
    ["pa$$word", "pa$$word"],
  ])("of %s is %s", (text, expected) => {
    expect(filledIn({ A: text }, facts)).toEqual({ A: expected });
  });

  it("leaves what is sealed", () => {
    const sealed = { secure: "$url" };
    expect(filledIn({ A: sealed }, facts)).toEqual({ A: sealed });
  });
});

describe("buildOf", () => {
  it("fills in arguments, and nothing else", () => {
    const args = { VERSION: "$version", SHA: "$gitSha", PRICE: "$9", SITE: "$url/" };
    const build = { context: "$domain", args };
    expect(buildOf(build, facts)).toEqual({
      context: "$domain",
      args: { VERSION: "2.1", SHA: "abc1234", PRICE: "$9", SITE: "http://shop.example.com:8080/" },
    });
  });
});
