#include "engine/formula.hpp"

#include <fmt/format.h>

#include <cctype>
#include <charconv>

namespace perflaw {

// By recursive descent, a function a rule of the grammar.
class FormulaParser {
 public:
  FormulaParser(std::string_view text, Formula::Dialect dialect)
      : text_(text), whole_(dialect == Formula::Dialect::kWhole) {
    formula_.text_ = std::string(text);
  }

  Formula Parse() {
    if (text_.size() > kLongest) Fail("is longer than 4,096 characters");
    formula_.root_ = Choice();
    Blanks();
    if (at_ < text_.size()) Fail(fmt::format("'{}' is not expected", text_[at_]));
    return std::move(formula_);
  }

 private:
  using Op = Formula::Op;
  using Index = std::size_t;
  static constexpr std::size_t kLongest = 4096;
  static constexpr int kDeepest = 64;

  // A level of nesting while it lives.
  class Level {
   public:
    explicit Level(FormulaParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kDeepest) parser_.Fail("is nested deeper than 64 levels");
    }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    FormulaParser& parser_;
  };

  [[noreturn]] void Fail(const std::string& why) const {
    throw FormulaError(
        fmt::format("character {} of \"{}\": {}", at_ + 1, text_.substr(0, 80), why));
  }
  void Blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool Takes(std::string_view sign) {
    Blanks();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  void Expect(std::string_view sign) {
    if (!Takes(sign)) Fail(fmt::format("'{}' is expected", sign));
  }
  Index Make(Op op, std::vector<Index> of) {
    formula_.nodes_.push_back({op, 0, 0, std::move(of)});
    return formula_.nodes_.size() - 1;
  }

  Index Choice() {
    const Level level(*this);
    Index left = Sum();
    if (!whole_) return left;
    if (Takes("==")) {
      left = Make(Op::kEqual, {left, Sum()});
    } else if (Takes("<")) {
      left = Make(Op::kLess, {left, Sum()});
    }
    if (!Takes("?")) return left;
    const Index yes = Choice();
    Expect(":");
    return Make(Op::kChoose, {left, yes, Choice()});
  }

  Index Sum() {
    Index left = Product();
    while (true) {
      if (Takes("+")) {
        left = Make(Op::kAdd, {left, Product()});
      } else if (Takes("-")) {
        left = Make(Op::kSubtract, {left, Product()});
      } else {
        return left;
      }
    }
  }

  Index Product() {
    Index left = Factor();
    while (true) {
      if (Takes("*")) {
        left = Make(Op::kMultiply, {left, Factor()});
      } else if (Takes("/")) {
        left = Make(Op::kDivide, {left, Factor()});
      } else {
        return left;
      }
    }
  }

  Index Factor() {
    if (Takes("-")) {
      const Level level(*this);
      return Make(Op::kNegate, {Factor()});
    }
    const Index base = Atom();
    if (!Takes("^")) return base;
    const Level level(*this);
    return Make(Op::kPower, {base, Factor()});
  }

  Index Atom() {
    Blanks();
    if (Takes("(")) {
      const Index inner = Choice();
      Expect(")");
      return inner;
    }
    if (at_ == text_.size()) Fail("ends too early");
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (std::isdigit(c) || c == '.') return Number();
    if (std::isalpha(c) || c == '_') return Named();
    Fail(fmt::format("'{}' is not expected", text_[at_]));
  }

  Index Number() {
    double number = 0;
    const char* end = text_.data() + text_.size();
    const auto [rest, error] = std::from_chars(text_.data() + at_, end, number);
    if (error != std::errc()) Fail("is no number");
    at_ = static_cast<std::size_t>(rest - text_.data());
    formula_.nodes_.push_back({Op::kNumber, number, 0, {}});
    return formula_.nodes_.size() - 1;
  }

  Index Named() {
    const std::size_t from = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
      ++at_;
    const std::string name(text_.substr(from, at_ - from));
    if (Takes("(")) return Call(name);
    const auto known = std::find(formula_.names_.begin(), formula_.names_.end(), name);
    const auto index = static_cast<std::size_t>(known - formula_.names_.begin());
    if (known == formula_.names_.end()) formula_.names_.push_back(name);
    formula_.nodes_.push_back({Op::kName, 0, index, {}});
    return formula_.nodes_.size() - 1;
  }

  Index Call(const std::string& name) {
    struct Function {
      std::string_view name;
      std::size_t least, most;
      Op op;
      bool of_whole;
    };
    constexpr std::size_t kAny = 1000;
    static constexpr Function kFunctions[] = {
        {"log", 1, 1, Op::kLog, false},    {"exp", 1, 1, Op::kExp, false},
        {"sqrt", 1, 1, Op::kSqrt, false},  {"min", 1, kAny, Op::kMin, false},
        {"max", 1, kAny, Op::kMax, false}, {"floor", 1, 1, Op::kFloor, true},
        {"ceil", 1, 1, Op::kCeil, true},   {"mod", 2, 2, Op::kMod, true}};
    const auto* const function =
        std::find_if(std::begin(kFunctions), std::end(kFunctions),
                     [&](const Function& f) { return f.name == name && (whole_ || !f.of_whole); });
    if (function == std::end(kFunctions)) Fail(fmt::format("there is no function {}", name));
    std::vector<Index> of{Choice()};
    while (Takes(",")) of.push_back(Choice());
    Expect(")");
    if (of.size() < function->least || of.size() > function->most)
      Fail(fmt::format("{} takes {} argument{}", name, function->least,
                       function->least == 1 ? "" : "s"));
    return Make(function->op, std::move(of));
  }

  std::string_view text_;
  bool whole_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Formula formula_;
};

Formula Formula::Parse(std::string_view text, Dialect dialect) {
  return FormulaParser(text, dialect).Parse();
}

}  // namespace perflaw
