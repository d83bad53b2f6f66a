#include "search/io/text/json.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/studies.hpp"

namespace perflaw {
namespace {

constexpr Count kLargest = std::numeric_limits<Count>::max();

std::string RefusalOf(const std::string& text) {
  return Refusal([&] { ParseJson(text, "dir/a.json"); });
}

TEST(ParseJson, ReadsObjectsInOrderAndComments) {
  const Json json = ParseJson(
      "// first\n{\"b\": 1, /* in between */ \"a\": {\"b\": [true, null, \"x\"]}} // last", "f");
  EXPECT_EQ(json.dump(), R"({"b":1,"a":{"b":[true,null,"x"]}})");
  EXPECT_EQ(ParseJson("\xEF\xBB\xBF{\"a\": 1}", "f").at("a"), 1);
}

TEST(ParseJson, RefusesAKeyTwiceAtAnyDepth) {
  for (const char* text :
       {R"({"key": 1, "key": 1})", R"({"x": {"key": 1, "y": {}, "key": 2}})",
        R"([[{"x": 1}, {"key": {}, "key": {}}]])", R"({"key": 1, "x": {"key": 2}, "key": 3})",
        R"({"key": [{"key": 1}], "\u006bey": 2})"}) {
    ExpectParts(RefusalOf(text), {"dir/a.json", "key", "twice"});
  }
}

TEST(ParseJson, AllowsAKeyAgainInAnotherObject) {
  EXPECT_NO_THROW(ParseJson(R"({"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]})", "f"));
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  using namespace std::string_literals;
  for (const std::string& text : {""s,
                                  " \n"s,
                                  "{"s,
                                  R"({"a": 1)"s,
                                  R"({"a": })"s,
                                  R"({"a": 1,})"s,
                                  "[1, 2"s,
                                  "{} {}"s,
                                  "{'a': 1}"s,
                                  "{a: 1}"s,
                                  R"({"a": NaN})"s,
                                  R"({"a": Infinity})"s,
                                  R"({"a": 01})"s,
                                  R"({"a": +1})"s,
                                  R"({"a": .5})"s,
                                  R"({"a": "x)"s,
                                  "// only a comment"s,
                                  "/* open"s,
                                  "\x7f"
                                  "ELF\x02\x01\x01\x00\x00"s,
                                  "\xff\xfe{\x00}\x00"s,
                                  "{\"a\": \"\xc3\x28\"}"s,
                                  "{}\x00"s,
                                  "{}\x00 {\"a\": 1}"s,
                                  R"({"a": "\ud800"})"s}) {
    SCOPED_TRACE(testing::PrintToString(text));
    ExpectParts(RefusalOf(text), {"dir/a.json"});
  }
}

TEST(ParseJson, RefusesEveryTruncation) {
  const std::string text = R"({"layers": [1, 2.5e3, {"x": "y\n"}], "b": true})";
  EXPECT_NO_THROW(ParseJson(text, "f"));
  for (std::size_t size = 0; size < text.size(); ++size) RefusalOf(text.substr(0, size));
}

TEST(ParseJson, RefusesNumbersThatNoDoubleHolds) {
  ExpectParts(RefusalOf(R"({"a": 1e400})"), {"dir/a.json", "1e400"});
  ExpectParts(RefusalOf(R"([-1e400])"), {"dir/a.json", "1e400"});
  ExpectParts(RefusalOf("[" + std::string(400, '9') + "]"), {"dir/a.json"});
}

std::string Nested(std::size_t levels, const std::string& open, const std::string& core,
                   const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text += open;
  text += core;
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text;
}

TEST(ParseJson, RefusesNestingAbove64Levels) {
  for (const std::string core : {"", "1"}) {
    EXPECT_NO_THROW(ParseJson(Nested(64, "[", core, "]"), "f"));
    ExpectParts(RefusalOf(Nested(65, "[", core, "]")), {"dir/a.json", "nested", "64"});
  }
  EXPECT_NO_THROW(ParseJson(Nested(63, "{\"a\":", "{}", "}"), "f"));
  ExpectParts(RefusalOf(Nested(65, "{\"a\":", "1", "}")), {"nested"});
  for (const char* bracket : {"[", "{\"a\":"}) {
    ExpectParts(RefusalOf(Nested(100'000, bracket, "", "")), {"nested"});
  }
}

Json Value(const std::string& text) { return ParseJson(text, "f"); }

TEST(ToNumber, ReadsNumbersAndSuffixes) {
  EXPECT_EQ(ToNumber(Value("0.4"), "f", "k", {}), 0.4);
  EXPECT_EQ(ToNumber(Value("\"15T\""), "f", "k", {}), 15e12);
  EXPECT_EQ(ToNumber(Value("\"80GB\""), "f", "k", {}), 80e9);
  EXPECT_EQ(ToNumber(Value("-3"), "f", "k", {}), -3);
}

TEST(ToNumber, RefusesOtherTypesAndTextsByKeyValueAndRule) {
  for (const char* text : {"null", "true", "[1]", "{}", "\"\"", "\"NaN\"", "\"inf\"", "\"1 T\"",
                           "\"15t\"", "\"1e400\"", "\"x\""}) {
    ExpectParts(Refusal([&] { ToNumber(Value(text), "dir/a.json", "b.c", {}); }),
                {"dir/a.json: b.c = " + std::string(text), "number"});
  }
}

TEST(ToNumber, RangesIncludeTheirEndsUnlessAbove) {
  const Range closed{1, 2}, open{1, 2, true};
  EXPECT_EQ(ToNumber(Value("1"), "f", "k", closed), 1);
  EXPECT_EQ(ToNumber(Value("2"), "f", "k", closed), 2);
  EXPECT_EQ(ToNumber(Value("2"), "f", "k", open), 2);
  ExpectParts(Refusal([&] { ToNumber(Value("1"), "f", "k", open); }), {"f: k = 1", "above 1", "2"});
  ExpectParts(Refusal([&] { ToNumber(Value("2.0001"), "f", "k", closed); }),
              {"2.0001", "at most 2"});
  ExpectParts(Refusal([&] { ToNumber(Value("0.9"), "f", "k", closed); }), {"0.9", "at least 1"});
  ExpectParts(Refusal([&] { ToNumber(Value("0"), "f", "k", kPositive); }), {"above 0"});
}

Count Whole(const std::string& text, Count least = -kLargest, Count most = kLargest) {
  return ToWhole(Value(text), "dir/a.json", "b.c", least, most);
}

TEST(ToWhole, ReadsWholeNumbersExactlyInAnyWriting) {
  EXPECT_EQ(Whole("7"), 7);
  EXPECT_EQ(Whole("-7"), -7);
  EXPECT_EQ(Whole("7.0"), 7);
  EXPECT_EQ(Whole("7e3"), 7000);
  EXPECT_EQ(Whole("\"1T\""), 1'000'000'000'000);
  EXPECT_EQ(Whole("\"0.5T\""), 500'000'000'000);
  EXPECT_EQ(Whole("\"4.1K\""), 4100);
  EXPECT_EQ(Whole("\"16.1T\""), 16'100'000'000'000);
  EXPECT_EQ(Whole("9007199254740993"), 9007199254740993);
  EXPECT_EQ(Whole("9223372036854775807"), kLargest);
}

TEST(ToWhole, RefusesWhatIsNotExactlyAWholeNumber) {
  for (const char* text :
       {"7.5", "\"7.5\"", "\"0.1234567K\"", "null", "true", "[]", "\"\"", "\"NaN\"", "1e300",
        "\"1e300\"", "18446744073709551615", "9223372036854775808", "36893488147419103232",
        "9007199254740993.0", "\"9007199254740993\"", "\"9223372036854775808\""}) {
    // 2^53 + 1 written so that a double would round it must not silently become 2^53.
    try {
      const Count read = Whole(text);
      EXPECT_EQ(read, 9007199254740993) << text;
    } catch (const InputError& error) {
      ExpectParts(error.what(), {"dir/a.json", "b.c", "whole number"});
    }
  }
}

TEST(ToWhole, RefusesValuesOutOfRange) {
  EXPECT_EQ(Whole("1", 1, 5), 1);
  EXPECT_EQ(Whole("5", 1, 5), 5);
  for (const char* text :
       {"0", "6", "-1", "\"1K\"", "18446744073709551615", "-9223372036854775808"})
    ExpectParts(Refusal([&] { Whole(text, 1, 5); }), {"b.c = " + std::string(text), "1 to 5"});
}

TEST(Fields, ReadMembersAndRefuseTheRest) {
  const Json json = Value(R"({"layers": 3, "on": true, "name": "x", "inner": {"a": 1}, "odd": 1})");
  Fields fields(json, "dir/a.json", "top");
  EXPECT_EQ(fields.Whole("layers", 1, 5), 3);
  EXPECT_TRUE(fields.Flag("on"));
  EXPECT_FALSE(fields.Flag("off", false));
  EXPECT_EQ(fields.Text("name"), "x");
  EXPECT_EQ(fields.Choice("name", {"w", "x"}), 1u);
  EXPECT_EQ(fields.OptionalNumber("nothing", {}), std::nullopt);
  EXPECT_EQ(fields.Whole("absent", 1, 5, 4), 4);
  EXPECT_EQ(fields.Object("inner").PathOf("a"), "top.inner.a");
  EXPECT_EQ(fields.Unread(), std::vector<std::string>{"odd"});
  ExpectParts(Refusal([&] { fields.Done(); }), {"dir/a.json: top.odd = 1", "unknown key"});
  fields.Skip("odd");
  EXPECT_NO_THROW(fields.Done());
}

TEST(Fields, SuggestTheNearestKnownKey) {
  const Json json = Value(R"({"hiden": 3})");
  Fields fields(json, "f", "");
  fields.Whole("hidden", 1, 5, 1);
  fields.Whole("layers", 1, 5, 1);
  const std::string message = Refusal([&] { fields.Done(); });
  ExpectParts(message, {"f: hiden = 3", "did you mean \"hidden\"?"});
  EXPECT_EQ(message.find("layers"), std::string::npos);
}

TEST(Fields, NameWhatIsMissingOrOfTheWrongType) {
  const Json json = Value(R"({"a": "x", "b": 1, "c": {}})");
  Fields fields(json, "f", "p");
  ExpectParts(Refusal([&] { fields.Whole("gone", 1, 5); }), {"f: p.gone", "missing"});
  ExpectParts(Refusal([&] { fields.Flag("b"); }), {"f: p.b = 1", "true or false"});
  ExpectParts(Refusal([&] { fields.Text("b"); }), {"f: p.b = 1", "text"});
  ExpectParts(Refusal([&] { fields.Object("a"); }), {"f: p.a = \"x\"", "object"});
  ExpectParts(Refusal([&] { fields.Number("c", {}); }), {"f: p.c = {}", "number"});
  ExpectParts(Refusal([&] { fields.Choice("a", {"y", "z"}); }), {"p.a = \"x\"", "y, z"});
  const Json list = Value("[1]");
  ExpectParts(Refusal([&] { Fields(list, "f", ""); }), {"f", "object"});
}

// A long value is cut for the message, never inside a character: messages are UTF-8.
TEST(Fields, MessagesStayUtf8) {
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "\xC3\xA9";
  for (const std::string pad : {"", "x"}) {
    const Json json = {{"a", pad + longest}};
    const std::string message = Refusal([&] { Fields(json, "f", "").Fail("a", "rule"); });
    EXPECT_NO_THROW(Json(message).dump()) << message;
  }
}

}  // namespace
}  // namespace perflaw
