#include "search/io/inputs/catalog.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "search/io/text/files.hpp"
#include "search/io/text/json.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

Accelerator Hardware(const std::string& name, std::vector<std::string>& defaults,
                     std::optional<Dollars> price = {}) {
  Inputs inputs;
  return LoadAccelerator(name, inputs, "s.json", "budget.accelerator", price, defaults);
}

Law LawOf(const std::string& name) {
  Inputs inputs;
  return LoadLaw(name, inputs, "s.json", "law");
}

std::string LawRefusal(const std::string& pointer, const Json& value, bool erase = false) {
  Json json = ParseJson(ReadFile("configs/laws/performance-law-2024.json"), "law");
  if (erase) json.erase(pointer);
  if (!erase) json[Json::json_pointer(pointer)] = value;
  const std::string path = TempFile("law.json", json.dump());
  const std::string message = Refusal([&] { LawOf(path); });
  ExpectParts(message, {path});
  return message;
}

// Coefficients as printed in the paper.
TEST(LoadLaw, HoldsThePapersCoefficients) {
  const Law law = LawOf(kDefaultLaw);
  EXPECT_EQ(law.name, "performance-law-2024");
  EXPECT_EQ(law.w, (std::array<double, 4>{13.95018, 0.23072, -0.48523, 5.39802}));
  EXPECT_EQ(law.b, 9.19541);
  EXPECT_GT(law.sigma, 3);
  EXPECT_LT(law.sigma, 8);
  for (const auto& range : law.domain.box) {
    EXPECT_GT(range.min, 0);
    EXPECT_LT(range.min, range.max);
  }
}

TEST(LoadLaw, RefusesABrokenLaw) {
  ExpectParts(LawRefusal("/w", Json::array({1, 2, 3})), {"w = [1,2,3]", "4"});
  ExpectParts(LawRefusal("/w/2", "x"), {"w[2] = \"x\"", "number"});
  ExpectParts(LawRefusal("/sigma", 0), {"sigma = 0", "above 0"});
  ExpectParts(LawRefusal("/domain/hidden/min", 0), {"domain.hidden.min = 0", "above 0"});
  ExpectParts(LawRefusal("/domain/hidden/max", 1), {"domain.hidden.max = 1", "at least"});
  ExpectParts(LawRefusal("/domain/extra", 1), {"domain.extra", "unknown"});
  ExpectParts(LawRefusal("/siqma", 1), {"siqma", "unknown"});
  for (const char* key : {"name", "w", "b", "sigma", "domain", "source", "sigma_source"})
    ExpectParts(LawRefusal(key, {}, true), {key, "missing"});
}

TEST(LoadLaw, RefusesAnUnknownNameWithItsPlace) {
  ExpectParts(Refusal([] { LawOf("performance-law-2042"); }),
              {"s.json: law = \"performance-law-2042\"", "performance-law-2024"});
}

// Figures of anything sold so far lie in these ranges; a slip of a unit does not.
TEST(LoadAccelerator, AllFilesHoldSaneFiguresWithSources) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("configs/hardware")) {
    SCOPED_TRACE(entry.path());
    std::vector<std::string> defaults;
    const Accelerator a = Hardware(entry.path().stem().string(), defaults);
    EXPECT_FALSE(a.name.empty());
    EXPECT_GE(a.peak, 1e14);
    EXPECT_LE(a.peak, 1e16);
    EXPECT_GE(a.memory, 8e9);
    EXPECT_LE(a.memory, 1e12);
    EXPECT_GE(a.bandwidth, 5e11);
    EXPECT_LE(a.bandwidth, 2e13);
    EXPECT_GE(a.tdp, 100);
    EXPECT_LE(a.tdp, 3000);
    EXPECT_GE(a.usd_per_hour.value_or(1), 0.1);
    EXPECT_LE(a.usd_per_hour.value_or(1), 50);
    EXPECT_EQ(defaults.size(), a.usd_per_hour ? 1u : 0u);
    ++files;
  }
  EXPECT_GE(files, 20);
}

// NVIDIA's data sheets: dense BF16, HBM size and bandwidth, board power.
TEST(LoadAccelerator, AgreesWithDataSheets) {
  const struct {
    const char* name;
    double peak, memory, bandwidth, tdp;
  } sheets[] = {{"a100-80gb-sxm", 312e12, 80e9, 2.039e12, 400},
                {"h100-sxm", 989.4e12, 80e9, 3.35e12, 700},
                {"h200-sxm", 989.4e12, 141e9, 4.8e12, 700},
                {"h20", 148e12, 96e9, 4e12, 400},
                {"mi300x", 1307.4e12, 192e9, 5.3e12, 750}};
  for (const auto& sheet : sheets) {
    std::vector<std::string> defaults;
    const Accelerator a = Hardware(sheet.name, defaults);
    EXPECT_NEAR(a.peak / sheet.peak, 1, 0.001) << sheet.name;
    EXPECT_EQ(a.memory, sheet.memory) << sheet.name;
    EXPECT_NEAR(a.bandwidth / sheet.bandwidth, 1, 0.003) << sheet.name;
    EXPECT_EQ(a.tdp, sheet.tdp) << sheet.name;
  }
}

// Data sheets: dense FP8, the domain of NVLink or Infinity Fabric, the ports of the reference systems.
TEST(LoadAccelerator, KnowsTheTypesAndTheWiresOfItsSheet) {
  const struct {
    const char* name;
    double fp8;
    Count domain;
    double scale_up, network;  // 0: not published
  } sheets[] = {{"h100-sxm", 1978.9e12, 8, 450e9, 50e9}, {"h200-sxm", 1978.9e12, 8, 450e9, 50e9},
                {"h800-sxm", 1978.9e12, 8, 200e9, 50e9}, {"b200", 4.5e15, 8, 900e9, 50e9},
                {"b300", 4.5e15, 8, 900e9, 100e9},       {"gb200", 5e15, 72, 900e9, 50e9},
                {"gb300", 5e15, 72, 900e9, 100e9},       {"mi355x", 5033.2e12, 8, 537.6e9, 0},
                {"a100-80gb-sxm", 0, 8, 300e9, 25e9},    {"tpu-v5p", 0, 8960, 600e9, 0}};
  for (const auto& sheet : sheets) {
    std::vector<std::string> defaults;
    const Accelerator a = Hardware(sheet.name, defaults);
    EXPECT_EQ(a.fp8.value_or(0), sheet.fp8) << sheet.name;
    EXPECT_EQ(a.scale_up, sheet.domain) << sheet.name;
    EXPECT_EQ(a.scale_up_bandwidth, sheet.scale_up) << sheet.name;
    EXPECT_EQ(a.network.value_or(0), sheet.network) << sheet.name;
    // Narrower types are faster, and a network is the narrowest wire.
    EXPECT_GT(a.fp8.value_or(a.peak * 2), a.peak) << sheet.name;
    EXPECT_GT(a.fp4.value_or(a.peak * 4), a.fp8.value_or(0)) << sheet.name;
    EXPECT_LT(a.tf32.value_or(0), a.peak) << sheet.name;
    EXPECT_LT(a.network.value_or(0), sheet.scale_up) << sheet.name;
    EXPECT_LT(sheet.scale_up, a.bandwidth) << sheet.name;
  }
}

TEST(LoadAccelerator, AGivenPriceReplacesTheListPriceAndIsNoDefault) {
  std::vector<std::string> defaults;
  EXPECT_EQ(Hardware("h100-sxm", defaults, 1.25).usd_per_hour, 1.25);
  EXPECT_TRUE(defaults.empty());
  EXPECT_NE(Hardware("h100-sxm", defaults).usd_per_hour, 1.25);
  ASSERT_EQ(defaults.size(), 1u);
  ExpectParts(defaults[0], {"budget.usd_per_hour", "H100", "list price", "20"});
}

TEST(LoadAccelerator, RefusesABrokenFile) {
  const auto refusal = [](const std::string& pointer, const Json& value) {
    Json json = ParseJson(ReadFile("configs/hardware/h100-sxm.json"), "h");
    json[Json::json_pointer(pointer)] = value;
    const std::string path = TempFile("gpu.json", json.dump());
    std::vector<std::string> defaults;
    const std::string message = Refusal([&] { Hardware(path, defaults); });
    ExpectParts(message, {path});
    return message;
  };
  ExpectParts(refusal("/memory_bytes", 0), {"memory_bytes = 0", "above 0"});
  ExpectParts(refusal("/bf16_dense_flops", "fast"), {"bf16_dense_flops = \"fast\"", "number"});
  ExpectParts(refusal("/usd_per_hour", -1), {"usd_per_hour = -1"});
  ExpectParts(refusal("/tdp_wats", 7), {"tdp_wats", "unknown key"});
  ExpectParts(refusal("/sources/tdp_watts", 7), {"sources.tdp_watts = 7", "text"});
  ExpectParts(refusal("/fp8_dense_flops", 0), {"fp8_dense_flops = 0", "above 0"});
  ExpectParts(refusal("/fp4_dense_flops", 1e15), {"sources.fp4_dense_flops", "missing"});
  ExpectParts(refusal("/scale_up_accelerators", 1), {"scale_up_accelerators = 1", "from 2"});
  ExpectParts(refusal("/scale_up_bytes_per_second", nullptr), {"scale_up_bytes_per_second"});
}

TEST(LoadAccelerator, RefusesAnUnknownNameWithItsPlace) {
  std::vector<std::string> defaults;
  ExpectParts(Refusal([&] { Hardware("h1000", defaults); }),
              {"s.json: budget.accelerator = \"h1000\"", "h100-sxm"});
}

}  // namespace
}  // namespace perflaw
