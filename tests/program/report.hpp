// Makes reports as a user does, and checks what holds for every page.
#pragma once

#include <string>
#include <vector>

#include "tests/program/program.hpp"

namespace perflaw {

inline constexpr const char* kTable = "configs/tables/performance-law-table1.csv";
inline constexpr const char* kFront =
    R"(, "pareto": ["mmlu", "active_params"], "resolution": {"mmlu": 0.2})";

inline std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

// What a reader sees: without scripts and styles.
inline std::string Seen(std::string page) {
  for (const char* tag : {"script", "style"}) {
    const std::string begin = fmt::format("<{}", tag), end = fmt::format("</{}>", tag);
    for (std::size_t at; (at = page.find(begin)) != std::string::npos;) {
      const std::size_t close = page.find(end, at);
      EXPECT_NE(close, std::string::npos);
      if (close == std::string::npos) return page;
      page.erase(at, close + end.size() - at);
    }
  }
  return page;
}

class Report : public Program {
 protected:
  Outcome Make(const std::string& result, const std::string& more = "") const {
    return Call(fmt::format("report '{}' --out '{}' {}", result, Page(), more));
  }
  std::string Page() const { return (folder_ / "page.html").string(); }

  Json ResultOf(const std::string& arguments) const {
    const Outcome done = Call(arguments + " --json");
    EXPECT_TRUE(done.status == 0 || done.status == 3) << done.err;
    return done.json();
  }

  // The page of a result, after what holds for every page.
  std::string PageOf(const Json& result, std::size_t pictures) const {
    const Outcome done = Make(Write("result.json", result.dump()));
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(done.out + done.err, "");
    const std::string page = Slurp(Page());
    CheckPage(page, result, pictures);
    return page;
  }

  static void CheckPage(const std::string& page, const Json& result, std::size_t pictures) {
    EXPECT_LT(page.size(), 3'000'000u);
    const std::string seen = Seen(page);
    for (const char* load : {"http:", "https:", "src=", "<link", "@import", "url(h", "url(/"})
      EXPECT_EQ(seen.find(load), std::string::npos) << load;
    EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(CountOf(seen, "<h1"), 1u);
    EXPECT_EQ(CountOf(page, "<html lang=\"en\">"), 1u);
    EXPECT_EQ(CountOf(seen, "<figure data-picture="), pictures);
    EXPECT_EQ(CountOf(seen, "<div class=\"still\"><svg"), pictures);
    EXPECT_EQ(CountOf(seen, "role=\"img\" aria-label="), pictures);
    EXPECT_EQ(CountOf(seen, "<figcaption>"), pictures);
    EXPECT_GE(CountOf(seen, "<table>"), pictures);
    EXPECT_EQ(CountOf(seen, "style=\""), CountOf(Drawings(seen), "style=\""));
    for (const char* key : {"perflaw_version", "git_revision", "inputs_sha256"})
      EXPECT_NE(seen.find(result.at(key).get<std::string>()), std::string::npos) << key;
  }

  static std::string Drawings(const std::string& seen) {
    std::string all;
    for (std::size_t at = 0; (at = seen.find("<svg", at)) != std::string::npos;) {
      const std::size_t end = seen.find("</svg>", at);
      all += seen.substr(at, end - at);
      at = end;
    }
    return all;
  }

  static void ExpectAll(const std::string& page, const std::vector<std::string>& parts) {
    const std::string seen = Seen(page);
    for (const std::string& part : parts) EXPECT_NE(seen.find(part), std::string::npos) << part;
  }
};

}  // namespace perflaw
