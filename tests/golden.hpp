// Reads the plain tables under tests/golden: '#' comments, then a header line, then values without
// quotes. An unreadable file or a ragged row throws, so that no test passes on nothing.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/stack_template.hpp"

namespace perflaw::golden {

class Row {
 public:
  explicit Row(std::map<std::string, std::string> values) : values_(std::move(values)) {}

  const std::string& Text(const std::string& column) const { return values_.at(column); }
  bool Has(const std::string& column) const { return !Text(column).empty(); }
  double Real(const std::string& column) const { return std::stod(Text(column)); }
  // An empty cell is 0: the column does not apply to the row.
  std::int64_t Whole(const std::string& column) const {
    return Has(column) ? std::stoll(Text(column)) : 0;
  }
  bool Flag(const std::string& column) const { return Whole(column) != 0; }

 private:
  std::map<std::string, std::string> values_;
};

inline std::vector<std::string> Cells(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',') {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return cells;
}

inline std::vector<Row> ReadTable(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> columns;
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string> cells = Cells(line);
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    if (cells.size() != columns.size()) throw std::runtime_error(path + ": ragged row: " + line);
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < cells.size(); ++i) values[columns[i]] = cells[i];
    rows.emplace_back(std::move(values));
  }
  if (rows.empty()) throw std::runtime_error(path + ": no rows; run from the project's root");
  return rows;
}

// The architecture of a row of published_counts.csv.
inline StackTemplate TemplateFrom(const Row& row) {
  StackTemplate a;
  a.layers = row.Whole("layers");
  a.hidden = row.Whole("hidden");
  a.heads = row.Whole("heads");
  a.kv_heads = row.Whole("kv_heads");
  a.head_dim = row.Whole("head_dim");
  a.vocab = row.Whole("vocab");
  a.ffn = row.Whole("ffn_dense");
  a.gated_ffn = row.Flag("glu");
  a.tied_embeddings = row.Flag("tied_embeddings");
  a.biases = {row.Flag("qkv_bias"), row.Flag("o_bias"), row.Flag("mlp_bias"),
              row.Flag("norm_bias")};
  if (row.Has("qk_norm")) a.qk_norm = row.Text("qk_norm") == "full" ? QkNorm::kFull : QkNorm::kHead;
  a.norms_per_layer = row.Whole("norms_per_layer");
  a.learned_positions = row.Whole("pos_emb_rows");
  if (row.Has("kv_lora_rank")) {
    a.mla =
        LatentSizes{row.Whole("q_lora_rank"), row.Whole("kv_lora_rank"), row.Whole("qk_nope_dim"),
                    row.Whole("qk_rope_dim"), row.Whole("v_head_dim")};
  }
  if (row.Flag("experts")) {
    a.moe = Moe{.experts = row.Whole("experts"),
                .active = row.Whole("experts_active"),
                .shared = row.Whole("experts_shared"),
                .ffn = row.Whole("moe_ffn"),
                .dense_layers = row.Whole("n_dense_layers"),
                .shared_gate = row.Flag("shared_expert_gate"),
                .router_bias = row.Flag("router_bias")};
  }
  return a;
}

inline Architecture ArchitectureFrom(const Row& row) { return ToStack(TemplateFrom(row)); }

inline std::vector<Row> Published() { return ReadTable("tests/golden/published_counts.csv"); }

inline StackTemplate PublishedTemplate(const std::string& name) {
  for (const Row& row : Published()) {
    if (row.Text("model") == name) return TemplateFrom(row);
  }
  throw std::runtime_error("no published model " + name);
}
inline Architecture PublishedModel(const std::string& name) {
  return ToStack(PublishedTemplate(name));
}

// GPT-3's shape at other sizes: full attention heads, a plain FFN of 4 h, one shared embedding.
inline StackTemplate MegatronTemplate(Count layers, Count hidden, Count heads) {
  StackTemplate a;
  a.layers = layers;
  a.hidden = hidden;
  a.heads = a.kv_heads = heads;
  a.head_dim = hidden / heads;
  a.vocab = 51200;
  a.ffn = 4 * hidden;
  a.gated_ffn = false;
  a.tied_embeddings = true;
  return a;
}
inline Architecture Megatron(Count layers, Count hidden, Count heads) {
  return ToStack(MegatronTemplate(layers, hidden, heads));
}

inline void ExpectNearly(double value, double expected, double relative) {
  EXPECT_NEAR(value, expected, relative * std::abs(expected));
}

}  // namespace perflaw::golden
