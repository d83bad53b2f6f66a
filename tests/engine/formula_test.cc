#include "engine/formula.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "engine/number/interval.hpp"

namespace perflaw {
namespace {

using Names = std::map<std::string, double>;

double Value(const std::string& text, const Names& names = {},
             Formula::Dialect dialect = Formula::Dialect::kWhole) {
  const Formula formula = Formula::Parse(text, dialect);
  return formula.Evaluate<double>([&](std::size_t i) { return names.at(formula.names()[i]); });
}

std::string Refused(const std::string& text, Formula::Dialect dialect = Formula::Dialect::kWhole) {
  try {
    Formula::Parse(text, dialect);
  } catch (const FormulaError& error) {
    return error.what();
  }
  return "";
}

TEST(Formula, FollowsTheGrammar) {
  EXPECT_EQ(Value("1 + 2 * 3"), 7);
  EXPECT_EQ(Value("(1 + 2) * 3"), 9);
  EXPECT_EQ(Value("8 - 4 - 2"), 2);
  EXPECT_EQ(Value("16 / 4 / 2"), 2);
  EXPECT_EQ(Value("-2 ^ 2"), -4) << "-(2^2)";
  EXPECT_EQ(Value("2 ^ 3 ^ 2"), 512) << "to the right";
  EXPECT_EQ(Value("2 * -3"), -6);
  EXPECT_EQ(Value("2 ^ -1"), 0.5);
  EXPECT_EQ(Value("1.5e3 + .5"), 1500.5);
  EXPECT_EQ(Value("min(3, 1, 2) + max(7)"), 8);
  EXPECT_DOUBLE_EQ(Value("log(exp(2)) + sqrt(9)"), 5);
  EXPECT_EQ(Value("a_1 * b", {{"a_1", 6}, {"b", 7}}), 42);
}

TEST(Formula, OfWholeNumbersChooses) {
  EXPECT_EQ(Value("floor(7 / 2) + ceil(7 / 2)"), 7);
  EXPECT_EQ(Value("mod(7, 4) + mod(-1, 4)"), 6) << "never negative";
  EXPECT_EQ(Value("1 == 1") + Value("1 < 1") + Value("0 < 1"), 2);
  EXPECT_EQ(Value("a ? b : c", {{"a", 2}, {"b", 5}}), 5) << "c is not asked for";
  EXPECT_EQ(Value("a ? b : c", {{"a", 0}, {"c", 6}}), 6);
  EXPECT_EQ(Value("a == 1 ? 10 : a == 2 ? 20 : 30", {{"a", 2}}), 20);
  EXPECT_EQ(Value("a + 1 < 3 ? 1 : 0", {{"a", 1}}), 1);
}

TEST(Formula, WhatIsUndefinedStaysSo) {
  for (const char* text : {"mod(1, 0)", "0 / 0", "mod(1, 0) == 0", "0 / 0 < 1", "0 / 0 ? 1 : 2"})
    EXPECT_TRUE(std::isnan(Value(text))) << text;
}

TEST(Formula, ErrorsNameTheCharacter) {
  for (const auto& [text, at] :
       std::map<std::string, std::string>{{"", "character 1 "},
                                          {"1 +", "character 4 "},
                                          {"(1", "character 3 "},
                                          {"1 2", "character 3 "},
                                          {"2 $ 3", "character 3 "},
                                          {"sin(1)", "there is no function sin"},
                                          {"min()", "character 5 "},
                                          {"mod(1)", "character "}})
    EXPECT_NE(Refused(text).find(at), std::string::npos) << text << ": " << Refused(text);
  EXPECT_EQ(Refused("a ? 1 : 2"), "");
  EXPECT_NE(Refused("a ? 1 : 2", Formula::Dialect::kReal), "");
  EXPECT_NE(Refused("floor(1)", Formula::Dialect::kReal), "");
}

TEST(Formula, HasLimitsOfLengthAndDepth) {
  EXPECT_EQ(Refused(std::string(60, '(') + "1" + std::string(60, ')')), "");
  EXPECT_NE(Refused(std::string(70, '(') + "1" + std::string(70, ')')), "");
  EXPECT_NE(Refused(std::string(100'000, '-') + "1"), "");
  std::string sum = "1";
  while (sum.size() < 4000) sum += "+1";
  EXPECT_EQ(Refused(sum), "");
  EXPECT_NE(Refused(sum + sum + sum), "");
}

// An expression and its value by another hand: text on one side, closures on the other.
struct Expression {
  std::string text;
  std::function<double(const Names&)> value;
};

class Expressions {
 public:
  explicit Expressions(std::uint64_t seed) : random_(seed) {}
  Expression Any(int depth) {
    if (depth == 0 || Below(5) == 0) return Leaf();
    const Expression a = Any(depth - 1), b = Any(depth - 1);
    const auto binary = [&](const char* op, auto apply) -> Expression {
      return {"(" + a.text + op + b.text + ")",
              [a, b, apply](const Names& n) { return apply(a.value(n), b.value(n)); }};
    };
    switch (Below(9)) {
      case 0:
        return binary(" + ", [](double x, double y) { return x + y; });
      case 1:
        return binary(" - ", [](double x, double y) { return x - y; });
      case 2:
        return binary(" * ", [](double x, double y) { return x * y; });
      case 3:
        return binary(" / ", [](double x, double y) { return x / y; });
      case 4:
        return {"-" + a.text, [a](const Names& n) { return -a.value(n); }};
      case 5:
        return {"min(" + a.text + ", " + b.text + ")",
                [a, b](const Names& n) { return std::min(a.value(n), b.value(n)); }};
      case 6:
        return {"max(" + a.text + "," + b.text + ")",
                [a, b](const Names& n) { return std::max(a.value(n), b.value(n)); }};
      case 7:
        return {"exp(" + a.text + ")", [a](const Names& n) { return std::exp(a.value(n)); }};
      default:
        return binary("*", [](double x, double y) { return x * y; });
    }
  }

 private:
  std::uint64_t Below(std::uint64_t end) { return random_() % end; }
  Expression Leaf() {
    if (Below(2) == 0) {
      const std::string name(1, static_cast<char>('x' + Below(3)));
      return {name, [name](const Names& n) { return n.at(name); }};
    }
    const auto number = static_cast<double>(Below(100)) / 8;
    return {std::to_string(number), [number](const Names&) { return number; }};
  }
  std::mt19937_64 random_;
};

TEST(Formula, AgreesWithAnotherHand) {
  int finite = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const Expression e = Expressions(seed).Any(5);
    const Names names = {{"x", 0.5}, {"y", -1.25}, {"z", 3}};
    const double expected = e.value(names);
    if (std::isnan(expected)) continue;
    ASSERT_EQ(Value(e.text, names, Formula::Dialect::kReal), expected) << e.text;
    ++finite;
  }
  EXPECT_GT(finite, 2000);
}

}  // namespace
}  // namespace perflaw
