#include "engine/formula.hpp"

#include <fmt/format.h>
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

// Of whole numbers, with only the parentheses that the grammar needs, against a tree that is evaluated apart from it.
class Tree {
 public:
  // How tightly an expression's outermost sign binds.
  enum Tightness { kChoice, kCompare, kSum, kProduct, kSign, kPower, kAtom };

  Tree(std::mt19937_64& random, int depth) { Grow(random, depth); }

  const std::string& text() const { return text_; }
  double Value(const Names& names) const { return value_(names); }

 private:
  static int Below(std::mt19937_64& random, int end) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(end));
  }
  // In parentheses where it binds less tightly than that.
  std::string In(Tightness least) const { return tightness_ < least ? "(" + text_ + ")" : text_; }

  void Set(Tightness tightness, std::string text, std::function<double(const Names&)> value) {
    tightness_ = tightness;
    text_ = std::move(text);
    value_ = std::move(value);
  }

  void Grow(std::mt19937_64& random, int depth) {
    if (depth == 0 || Below(random, 6) == 0) return GrowLeaf(random);
    const Tree a(random, depth - 1), b(random, depth - 1);
    const auto x = a.value_, y = b.value_;
    const auto both = [&](auto apply) {
      return [x, y, apply](const Names& n) { return apply(x(n), y(n)); };
    };
    // The right side of - and / must bind more tightly than they do, the left side of ^ too.
    switch (Below(random, 13)) {
      case 0:
        return Set(kSum, a.In(kSum) + "+" + b.In(kProduct), both(std::plus<double>()));
      case 1:
        return Set(kSum, a.In(kSum) + " - " + b.In(kProduct), both(std::minus<double>()));
      case 2:
        return Set(kProduct, a.In(kProduct) + " * " + b.In(kSign), both(std::multiplies<double>()));
      case 3:
        return Set(kProduct, a.In(kProduct) + "/" + b.In(kSign), both(std::divides<double>()));
      case 4:
        return Set(kSign, "-" + a.In(kSign), [x](const Names& n) { return -x(n); });
      case 5:
        return Set(kPower, a.In(kAtom) + "^" + b.In(kSign),
                   both([](double p, double q) { return std::pow(p, q); }));
      case 6:
        return Set(kCompare, a.In(kSum) + " == " + b.In(kSum), both([](double p, double q) {
                     return std::isnan(p) || std::isnan(q) ? NAN : p == q ? 1.0 : 0.0;
                   }));
      case 7:
        return Set(kCompare, a.In(kSum) + "<" + b.In(kSum), both([](double p, double q) {
                     return std::isnan(p) || std::isnan(q) ? NAN : p < q ? 1.0 : 0.0;
                   }));
      case 8: {
        const Tree c(random, depth - 1);
        const auto z = c.value_;
        return Set(kChoice, c.In(kCompare) + " ? " + a.text_ + " : " + b.text_,
                   [x, y, z](const Names& n) {
                     const double chosen = z(n);
                     return std::isnan(chosen) ? NAN : chosen == 0 ? y(n) : x(n);
                   });
      }
      case 9:
        return Set(kAtom, "floor(" + a.text_ + ")",
                   [x](const Names& n) { return std::floor(x(n)); });
      case 10:
        return Set(kAtom, "ceil( " + a.text_ + " )",
                   [x](const Names& n) { return std::ceil(x(n)); });
      case 11:
        return Set(kAtom, "mod(" + a.text_ + "," + b.text_ + ")",
                   both([](double p, double q) { return p - q * std::floor(p / q); }));
      default:
        return Set(kAtom, "max(" + a.text_ + ", 2 , " + b.text_ + ")",
                   both([](double p, double q) { return std::max(std::max(p, 2.0), q); }));
    }
  }

  void GrowLeaf(std::mt19937_64& random) {
    if (Below(random, 2) == 0) {
      const std::string name(1, static_cast<char>('x' + Below(random, 3)));
      return Set(kAtom, name, [name](const Names& n) { return n.at(name); });
    }
    const double number = Below(random, 9);
    Set(kAtom, fmt::to_string(Below(random, 2) == 0 ? number : number + 0.5), {});
    const double written = std::stod(text_);
    value_ = [written](const Names&) { return written; };
  }

  Tightness tightness_ = kAtom;
  std::string text_;
  std::function<double(const Names&)> value_;
};

TEST(Formula, NeedsNoMoreParenthesesThanItsGrammarSays) {
  std::mt19937_64 random(16);
  const Names names = {{"x", 3}, {"y", -2}, {"z", 0}};
  int defined = 0, bare = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    const Tree tree(random, 2 + trial % 3);
    const double expected = tree.Value(names), got = Value(tree.text(), names);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(got)) << tree.text() << " = " << got;
      continue;
    }
    ASSERT_EQ(got, expected) << tree.text();
    ++defined;
    bare += tree.text().size() > 8 && tree.text().find('(') == std::string::npos ? 1 : 0;
  }
  EXPECT_GT(defined, 8000);
  EXPECT_GT(bare, 400);
}

// A default may stand for a key that is not there only where it is asked for.
TEST(Formula, AsksForNoNameOnTheSideNotChosen) {
  const Formula formula = Formula::Parse("a == 1 ? b : c < 2 ? d : e", Formula::Dialect::kWhole);
  EXPECT_EQ(formula.names(), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  const auto asked = [&](double a, double c) {
    std::string names;
    formula.Evaluate<double>([&](std::size_t i) {
      names += formula.names()[i];
      return i == 0 ? a : c;
    });
    return names;
  };
  EXPECT_EQ(asked(1, 0), "ab");
  EXPECT_EQ(asked(0, 0), "acd");
  EXPECT_EQ(asked(0, 5), "ace");
}

// Up to the limit and not beyond it, whatever nests; what is too long or too deep ends in words, not in a crash.
TEST(Formula, LimitsAreWhereTheyAreSaid) {
  const auto nested = [](const std::string& open, const std::string& inner,
                         const std::string& close, int levels) {
    std::string text = inner;
    for (int i = 0; i < levels; ++i) text = open + text + close;
    return text;
  };
  for (const auto& [open, close] :
       {std::pair{"(", ")"}, {"-", ""}, {"max(1,", ")"}, {"2^", ""}, {"1?", ":0"}, {"0?1:", ""}}) {
    int deepest = 0;
    while (deepest < 200 && Refused(nested(open, "1", close, deepest + 1)).empty()) ++deepest;
    EXPECT_GE(deepest, 30) << open;
    EXPECT_LE(deepest, 64) << open;
    EXPECT_NE(Refused(nested(open, "1", close, deepest + 1)).find("deeper than 64 levels"),
              std::string::npos)
        << open;
    EXPECT_NE(Refused(nested(open, "1", close, 600)), "") << open;
  }
  EXPECT_EQ(Refused("1" + std::string(4095, ' ')), "");
  EXPECT_NE(Refused("1" + std::string(4096, ' ')).find("4,096"), std::string::npos);
}

}  // namespace
}  // namespace perflaw
