// Runs a test on each SIMD target that was compiled in and that this CPU has.
#pragma once

#include <gtest/gtest.h>
#include <hwy/highway.h>

namespace perflaw {

template <class Act>
void ForEachSimdTarget(const Act& act) {
  const auto force = [](std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  };
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    force(target);
    act();
  }
  force(0);
}

}  // namespace perflaw
