// Stacks as they are, whatever template or file they come from: rules of their blocks, words, and other depths.
#include "engine/architecture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/block_fields.hpp"
#include "engine/cache.hpp"
#include "engine/cost.hpp"
#include "engine/count.hpp"

namespace perflaw {
namespace {

using SoftmaxBlock = SoftmaxAttention<Count>;
using LatentBlock = LatentAttention<Count>;
using DenseBlock = DenseFfn<Count>;
using ExpertsBlock = MoeFfn<Count>;

// Sets what must be given to 4, so that a block is whole.
struct Fill {
  void Size(std::string_view, Count& value, Count least) {
    if (least > 0) value = 4;
  }
  void Large(std::string_view, Count&) {}
  void Flag(std::string_view, bool&) {}
  template <class E, class Words>
  void Word(std::string_view, E&, const Words&) {}
};
Block Whole(std::size_t kind) {
  Block block = BlockOfKind(kind);
  std::visit([](auto& b) { VisitFields(b, Fill{}); }, block);
  if (auto* latent = std::get_if<LatentBlock>(&block)) latent->qk_nope_dim = 4;
  return block;
}
template <class B>
B WholeOf() {
  return std::get<B>(Whole(Block(B{}).index()));
}

Architecture StackOf(std::vector<LayerKind> kinds) {
  Architecture a;
  a.hidden = 64;
  a.vocab = 100;
  for (LayerKind& kind : kinds) a.layers.push_back(std::move(kind));
  return a;
}
LayerKind Layers(Count count, std::initializer_list<Block> blocks) {
  LayerKind kind;
  kind.count = count;
  for (const Block& block : blocks) kind.blocks.push_back(block);
  return kind;
}

void ExpectRefused(const Architecture& a, const std::string& field, const std::string& value) {
  const auto bad = Validate(a);
  ASSERT_TRUE(bad) << field << " = " << value << " was accepted";
  EXPECT_EQ(bad->field, field);
  EXPECT_EQ(bad->value, value) << field;
  EXPECT_FALSE(bad->rule.empty()) << field;
}

// Sets the field of a position to a value, and tells its name and what it must be at least.
class Setter {
 public:
  Setter(int wanted, Count to) : wanted_(wanted), to_(to) {}
  std::string name;
  Count least = 0;

  void Size(std::string_view field, Count& value, Count least_of) { Set(field, value, least_of); }
  void Large(std::string_view field, Count& value) { Set(field, value, 0); }
  void Flag(std::string_view, bool&) {}
  template <class E, class Words>
  void Word(std::string_view, E&, const Words&) {}

 private:
  void Set(std::string_view field, Count& value, Count least_of) {
    if (at_++ != wanted_) return;
    value = to_;
    name = field;
    least = least_of;
  }
  int wanted_, at_ = 0;
  Count to_;
};

TEST(ValidateStack, NamesTheBlockAndItsFieldThatIsOutOfRange) {
  int fields = 0;
  for (std::size_t kind = 0; kind < kBlockNames.size(); ++kind) {
    ASSERT_FALSE(Validate(StackOf({Layers(2, {Whole(kind)})}))) << kBlockNames[kind].key;
    for (int field = 0;; ++field) {
      const auto set = [&](Count to) {
        Block block = Whole(kind);
        Setter setter(field, to);
        std::visit([&](auto& b) { VisitFields(b, setter); }, block);
        return std::pair(block, setter);
      };
      if (set(1).second.name.empty()) break;
      const Count least = set(1).second.least;
      const std::string name = std::string(kBlockNames[kind].key) + "." + set(1).second.name;
      for (const Count value : {least - 1, Count{-7}, (Count{1} << 60) + 1})
        ExpectRefused(StackOf({Layers(2, {set(value).first})}), name, std::to_string(value));
      ++fields;
    }
  }
  EXPECT_GE(fields, 60);
}

TEST(ValidateStack, NamesWhatFieldsMeanTogether) {
  const auto stack = [](const Block& block) { return StackOf({Layers(1, {block})}); };
  auto attention = WholeOf<SoftmaxBlock>();
  attention.heads = 6;
  ExpectRefused(stack(attention), "attention.kv_heads", "4");
  auto latent = WholeOf<LatentBlock>();
  latent.qk_nope_dim = 0;
  ExpectRefused(stack(latent), "latent_attention.qk_nope_dim", "0");
  latent.qk_rope_dim = 1;
  EXPECT_FALSE(Validate(stack(latent))) << "rotary channels alone are enough";
  auto experts = WholeOf<ExpertsBlock>();
  experts.active = 5;
  ExpectRefused(stack(experts), "experts.active", "5");
  experts.active = 4, experts.shared = 1;
  ExpectRefused(stack(experts), "experts.shared_ffn", "0");
  experts.shared = 0, experts.shared_gate = true;
  ExpectRefused(stack(experts), "experts.shared_gate", "true");
  CustomPart part;
  part.params = 9, part.inactive = 10;
  ExpectRefused(stack(part), "custom.inactive", "10");
  part.inactive = 5, part.lookup = 5;
  ExpectRefused(stack(part), "custom.lookup", "5");
  part.inactive = 0, part.lookup = 11;
  ExpectRefused(stack(part), "custom.lookup", "11");
  Architecture beside = stack(attention = WholeOf<SoftmaxBlock>());
  ASSERT_FALSE(Validate(beside));
  beside.parts.push_back(part);
  ExpectRefused(beside, "custom.lookup", "11");
}

TEST(ValidateStack, NamesWhatTheWholeStackBreaks) {
  const Architecture good = StackOf({Layers(2, {WholeOf<SoftmaxBlock>(), WholeOf<DenseBlock>()})});
  ASSERT_FALSE(Validate(good));
  const auto with = [&](auto change) {
    Architecture a = good;
    change(a);
    return a;
  };
  ExpectRefused(with([](Architecture& a) { a.layers.clear(); }), "layers", "0");
  ExpectRefused(with([](Architecture& a) { a.layers[0].count = 0; }), "layers", "0");
  ExpectRefused(with([](Architecture& a) { a.layers[0].count = -1; }), "layers", "-1");
  ExpectRefused(with([](Architecture& a) { a.layers[0].norms = 17; }), "norms", "17");
  ExpectRefused(with([](Architecture& a) { a.hidden = 0; }), "hidden", "0");
  ExpectRefused(with([](Architecture& a) { a.vocab = kMaxWidth + 1; }), "vocab", "1073741825");
  ExpectRefused(with([](Architecture& a) { a.learned_positions = -1; }), "learned_positions", "-1");
  // Kinds that each fit, and together do not.
  ExpectRefused(with([](Architecture& a) {
                  a.layers[0].count = kMaxLayers;
                  a.layers.push_back(a.layers[0]);
                }),
                "layers", "2000000");
  const Architecture huge = with([](Architecture& a) {
    a.layers[0].count = kMaxLayers;
    a.hidden = std::get<DenseBlock>(a.layers[0].blocks[1]).width = 1'800'000;
  });
  ExpectRefused(huge, "layers", "1000000");
  EXPECT_NE(Validate(huge)->rule.find("9e18"), std::string::npos);
}

// Nothing overflows, neither on the way to a refusal nor in what is accepted: any of a block's sizes at their maximum beside ones.
TEST(ValidateStack, SizesAtTheirMaximumOverflowNothing) {
  constexpr int kMostSizes = 10;
  int accepted = 0;
  for (std::size_t kind = 0; kind < kBlockNames.size(); ++kind) {
    for (const auto& [layers, width] : {std::pair{kMaxLayers, kMaxWidth}, {1, kMaxWidth}, {1, 1}}) {
      for (unsigned largest = 0; largest < 1u << kMostSizes; ++largest) {
        Block block = Whole(kind);
        for (int field = 0; field < kMostSizes; ++field) {
          Setter setter(field, largest >> field & 1 ? kMaxWidth : 1);
          std::visit([&](auto& b) { VisitFields(b, setter); }, block);
        }
        Architecture a = StackOf({Layers(layers, {block})});
        a.hidden = a.vocab = width;
        if (Validate(a)) continue;
        ++accepted;
        SCOPED_TRACE(fmt::format("{} {:b}", kBlockNames[kind].key, largest));
        EXPECT_GT(CountParams(a).Active(), 0);
        EXPECT_GE(CountParams(a).Total(), CountParams(a).Active());
        const CacheValues cache = CacheOf(a, 4096);
        EXPECT_GE(cache.growing, 0);
        EXPECT_GE(cache.windowed, 0);
        EXPECT_GE(cache.per_sequence, 0);
        EXPECT_GT(TrainingFlopsPerToken(a, 4096, Attention::kFull), 0);
      }
    }
  }
  EXPECT_GT(accepted, 5000);
}

TEST(StackWords, NumberMixersAndFfns) {
  auto window = WholeOf<SoftmaxBlock>();
  window.window = 8;
  auto latent = WholeOf<LatentBlock>();
  CustomPart own;
  own.is_mixer = true;
  std::string("RG-LRU").copy(own.name.data(), own.name.size());
  const auto words = [](std::vector<LayerKind> kinds) { return StackInWords(StackOf(kinds)); };
  const DenseBlock dense = WholeOf<DenseBlock>();
  const ExpertsBlock experts = WholeOf<ExpertsBlock>();
  EXPECT_EQ(words({Layers(3, {WholeOf<GatedDelta>(), dense}), Layers(1, {window, experts})}),
            "3 gated delta + 1 window attention; 3 dense + 1 experts");
  EXPECT_EQ(words({Layers(2, {latent, WholeOf<Indexer>(), dense}), Layers(2, {latent, dense})}),
            "2 latent attention with indexer + 2 latent attention; 4 dense");
  EXPECT_EQ(words({Layers(2, {WholeOf<Mamba2>(), window})}), "2 Mamba-2 beside window attention");
  EXPECT_EQ(words({Layers(2, {own}), Layers(5, {dense})}), "2 RG-LRU; 5 dense");
  EXPECT_EQ(
      words({Layers(2, {WholeOf<Mamba>()}), Layers(3, {dense}), Layers(4, {WholeOf<Mamba>()})}),
      "6 Mamba; 3 dense");
  const LayerWords none = WordsOf(Layers(1, {}));
  EXPECT_EQ(none.mixer, "none");
  EXPECT_EQ(none.ffn, "none");
}

TEST(OutlineOf, ShowsTheFirstAttentionsHeadsAndTheExperts) {
  auto experts = WholeOf<ExpertsBlock>();
  experts.experts = 8, experts.active = 3, experts.shared = 2, experts.shared_ffn = 4;
  auto attention = WholeOf<SoftmaxBlock>();
  attention.heads = 12;
  auto latent = WholeOf<LatentBlock>();
  latent.heads = 7;
  const Outline mixed =
      OutlineOf(StackOf({Layers(1, {WholeOf<Mamba>()}), Layers(2, {attention, experts})}));
  EXPECT_EQ(mixed.heads, 12);
  EXPECT_EQ(mixed.experts, 8);
  EXPECT_EQ(mixed.active, 3);
  EXPECT_EQ(mixed.shared, 2);
  EXPECT_EQ(OutlineOf(StackOf({Layers(1, {latent})})).heads, 7);
  const Outline none = OutlineOf(StackOf({Layers(1, {WholeOf<Mamba>()})}));
  EXPECT_EQ(none.heads, 0);
  EXPECT_EQ(none.experts, 1);
  EXPECT_EQ(none.active, 1);
  EXPECT_EQ(none.shared, 0);
}

// The kinds by depth: 'a' for the first of them.
std::string Depths(const Architecture& a) {
  std::string text;
  for (std::size_t k = 0; a.order.empty() && k < a.layers.size(); ++k)
    text += std::string(static_cast<std::size_t>(a.layers[k].count), static_cast<char>('a' + k));
  for (const int k : a.order) text += static_cast<char>('a' + k);
  return text;
}
Architecture OfDepths(const std::string& text) {
  Architecture a = StackOf({Layers(0, {WholeOf<Mamba>()}), Layers(0, {WholeOf<SoftmaxBlock>()}),
                            Layers(0, {WholeOf<DenseBlock>()})});
  for (const char c : text) {
    a.order.push_back(c - 'a');
    ++a.layers[static_cast<std::size_t>(c - 'a')].count;
  }
  if (std::is_sorted(a.order.begin(), a.order.end())) a.order.clear();
  return a;
}

TEST(WithLayers, TakesTheFirstOrCarriesThePatternOn) {
  const struct {
    const char *stack, *other;
  } cases[] = {{"aaaa", "aa"},
               {"aaaa", "aaaaaaa"},
               {"aaabaaab", "aaabaaabaaab"},
               {"aaabaaab", "aaabaa"},
               {"aaabaaab", "aaabaaabaa"},
               {"cababab", "cabababab"},
               {"ccbbbb", "ccbbbbbbb"},
               {"ccbbbb", "ccb"},
               {"aabaab", "aabaabaabaab"},
               {"abab", "a"},
               {"aab", "aab"}};
  for (const auto& [stack, other] : cases) {
    const Architecture a = OfDepths(stack);
    const Architecture b = WithLayers(a, static_cast<Count>(std::string(other).size()));
    EXPECT_EQ(Depths(b), other) << stack;
    Count depth = 0;
    for (std::size_t k = 0; k < b.layers.size(); ++k) {
      const std::string all = Depths(b);
      EXPECT_EQ(b.layers[k].count, std::count(all.begin(), all.end(), static_cast<char>('a' + k)));
      depth += b.layers[k].count;
    }
    EXPECT_EQ(Depth(b), depth);
    EXPECT_FALSE(Validate(b)) << stack;
  }
}

TEST(FirstBlock, IsTheFirstOfItsType) {
  auto wide = WholeOf<SoftmaxBlock>();
  wide.heads = 8;
  const Architecture a =
      StackOf({Layers(1, {WholeOf<Mamba>()}), Layers(1, {wide, WholeOf<SoftmaxBlock>()})});
  ASSERT_TRUE(FirstBlock<SoftmaxBlock>(a));
  EXPECT_EQ(FirstBlock<SoftmaxBlock>(a)->heads, 8);
  EXPECT_EQ(FirstBlock<ExpertsBlock>(a), nullptr);
}

}  // namespace
}  // namespace perflaw
