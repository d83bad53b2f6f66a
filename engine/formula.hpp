// Arithmetic as text: "num_attention_heads * head_dim". Parsed once, evaluated over any number type.
//   expr := term (('+'|'-') term)*            term := factor (('*'|'/') factor)*
//   factor := '-' factor | power              power := atom ('^' factor)?
//   atom := number | name | name '(' expr (',' expr)* ')' | '(' expr ')'
// so that -a^b is -(a^b) and ^ groups to the right. Functions: log, exp, sqrt; min and max of one or more. The dialect of whole numbers
// adds floor, ceil, mod(a, b) = a - b floor(a / b), and around expr
//   choice := expr (('=='|'<') expr)? ('?' choice ':' choice)?
// where a comparison is 1 or 0, only the side chosen is evaluated, and what is undefined, as 0 / 0 or mod(a, 0), stays so.
// At most 4,096 characters and 64 levels.
#pragma once

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace perflaw {

// what() says at which character, and what is wrong.
struct FormulaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Formula {
 public:
  enum class Dialect { kReal, kWhole };

  // Throws FormulaError.
  static Formula Parse(std::string_view text, Dialect dialect);

  const std::string& text() const { return text_; }
  // The names that stand in it, each once, in order.
  const std::vector<std::string>& names() const { return names_; }

  // `value(i)` is that of names()[i], and is asked for only where it is needed.
  template <class N, class Value>
  N Evaluate(const Value& value) const {
    return At<N>(root_, value);
  }

 private:
  friend class FormulaParser;
  enum class Op {
    kNumber,
    kName,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kNegate,
    kPower,
    kLog,
    kExp,
    kSqrt,
    kMin,
    kMax,
    kFloor,
    kCeil,
    kMod,
    kEqual,
    kLess,
    kChoose
  };
  struct Node {
    Op op;
    double number = 0;
    std::size_t name = 0;
    std::vector<std::size_t> of;  // its arguments' nodes
  };

  template <class N, class Value>
  N At(std::size_t at, const Value& value) const {
    using std::exp, std::log, std::max, std::min, std::sqrt;
    const Node& node = nodes_[at];
    const auto of = [&](std::size_t i) { return At<N>(node.of[i], value); };
    switch (node.op) {
      case Op::kNumber:
        return N(node.number);
      case Op::kName:
        return value(node.name);
      case Op::kAdd:
        return of(0) + of(1);
      case Op::kSubtract:
        return of(0) - of(1);
      case Op::kMultiply:
        return of(0) * of(1);
      case Op::kDivide:
        return of(0) / of(1);
      case Op::kNegate:
        return -of(0);
      case Op::kPower:
        return Power<N>(of(0), of(1));
      case Op::kLog:
        return log(of(0));
      case Op::kExp:
        return exp(of(0));
      case Op::kSqrt:
        return Power<N>(of(0), N(0.5));
      case Op::kMin:
      case Op::kMax: {
        N best = of(0);
        for (std::size_t i = 1; i < node.of.size(); ++i)
          best = node.op == Op::kMin ? min(best, of(i)) : max(best, of(i));
        return best;
      }
      default:
        if constexpr (std::is_same_v<N, double>) return Whole(node, value);
        throw std::logic_error("a formula of whole numbers has no value of this type");
    }
  }

  template <class N>
  static N Power(const N& base, const N& exponent) {
    using std::exp, std::log;
    if constexpr (std::is_same_v<N, double>)
      return std::pow(base, exponent);
    else
      return exp(exponent * log(base));
  }

  template <class Value>
  double Whole(const Node& node, const Value& value) const {
    const auto of = [&](std::size_t i) { return At<double>(node.of[i], value); };
    switch (node.op) {
      case Op::kFloor:
        return std::floor(of(0));
      case Op::kCeil:
        return std::ceil(of(0));
      case Op::kMod: {
        const double a = of(0), b = of(1);
        return a - b * std::floor(a / b);
      }
      case Op::kEqual:
      case Op::kLess: {
        const double a = of(0), b = of(1);
        if (std::isnan(a) || std::isnan(b)) return NAN;
        return node.op == Op::kEqual ? a == b : a < b;
      }
      default: {
        const double condition = of(0);
        if (std::isnan(condition)) return NAN;
        return condition != 0 ? of(1) : of(2);
      }
    }
  }

  std::string text_;
  std::vector<std::string> names_;
  std::vector<Node> nodes_;
  std::size_t root_ = 0;
};

}  // namespace perflaw
