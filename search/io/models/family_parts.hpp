// What model families share: the keys of sizes, attention, ties and windows.
#pragma once

#include "search/io/models/families.hpp"

namespace perflaw {

void Sizes(ConfigKeys& k, Architecture& a);
// hidden / heads where a family has no head_dim, or leaves it out.
Count DerivedHeadDim(ConfigKeys& k, const Architecture& a);
void HeadDim(ConfigKeys& k, Architecture& a);
void KvHeads(ConfigKeys& k, Architecture& a);
void Attention(ConfigKeys& k, Architecture& a);
// q, k, v and out share one switch.
void AttentionBias(ConfigKeys& k, Architecture& a, const char* key, bool fallback);
void Tied(ConfigKeys& k, Architecture& a, bool fallback);
// The window of layers that a list names, or of `sliding_layers` without one.
void Window(ConfigKeys& k, Architecture& a, Count sliding_layers, Count fallback_tokens);
// Every layer slides when a window is given; families whose configs carry it as null or a number.
void WindowEverywhere(ConfigKeys& k, Architecture& a);
// Qwen: a window only with use_sliding_window, and then from layer max_window_layers on.
void QwenWindow(ConfigKeys& k, Architecture& a);

}  // namespace perflaw
