#include "search/io/outputs/store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <sstream>

#include "search/sweep/sweep.hpp"
#include "tests/studies.hpp"

namespace perflaw {
namespace {

namespace fs = std::filesystem;

StoreIdentity SomeIdentity() { return {{"law", "a"}, {"inputs_sha256", "12"}, {"top", "20"}}; }

Progress SomeProgress(const ObjectiveFunction& objective, Count points) {
  Progress progress(objective, {});
  for (Count i = 0; i < points; ++i) progress.tally.Add(objective.Evaluate(i));
  progress.finished.Add({0, 1});
  return progress;
}

std::string Bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Store, LoadsWhatWasSavedLast) {
  const ObjectiveFunction objective(FullStudy());
  const std::string path = TempFile("run.db", "");  // an empty file is a new store
  {
    Store store(path, SomeIdentity());
    EXPECT_EQ(store.Load(), "");
    store.Save(SomeProgress(objective, 100));
    store.Save(SomeProgress(objective, 200));
  }
  EXPECT_EQ(Store(path, SomeIdentity()).Load(), Pack(SomeProgress(objective, 200)));
  // For people.
  Database database(path);
  EXPECT_EQ(database.Whole("SELECT evaluated FROM progress"), 200);
  EXPECT_EQ(database.Whole("SELECT space_points FROM progress"), objective.study().space.Size());
  EXPECT_EQ(database.Text("SELECT value FROM provenance WHERE name = 'law'"), "a");
  EXPECT_NE(database.Text("SELECT value FROM provenance WHERE name = 'git_revision'"), "");
}

TEST(Store, RefusesAnotherSearchNamingWhatDiffers) {
  const std::string path = TempFile("run.db", "");
  Store(path, SomeIdentity());
  const std::string before = Bytes(path);
  StoreIdentity other = SomeIdentity();
  other[0].second = "b";
  other[2].second = "30";
  const std::string message = Refusal([&] { Store(path, other); });
  ExpectParts(message, {"--store", path, "law is a, not b", "top is 20, not 30"});
  EXPECT_EQ(message.find("inputs_sha256"), std::string::npos);
  EXPECT_EQ(Bytes(path), before);
}

TEST(IdentityOf, TellsStudiesLawsAndOverridesApart) {
  Inputs inputs, others;
  others.Read(TempFile("other.json", "{}"));
  const Study study = PlainStudy();
  Study gamma = study, top = study, law = study;
  gamma.gamma = 1 + 1e-15;
  top.top = 3;
  law.law.name = "other";
  const StoreIdentity own = IdentityOf(study, inputs, {});
  EXPECT_EQ(IdentityOf(study, inputs, {}), own);
  EXPECT_NE(IdentityOf(gamma, inputs, {}), own);
  EXPECT_NE(IdentityOf(top, inputs, {}), own);
  EXPECT_NE(IdentityOf(law, inputs, {}), own);
  EXPECT_NE(IdentityOf(study, others, {}), own);
  EXPECT_NE(IdentityOf(study, inputs, 0), own);
}

TEST(Store, IsOneProcessesAlone) {
  const std::string path = TempFile("run.db", "");
  Store first(path, SomeIdentity());
  ExpectParts(Refusal([&] { Store(path, SomeIdentity()); }), {path, "in use"});
  first.Save(SomeProgress(ObjectiveFunction(FullStudy()), 10));
  ExpectParts(Refusal([&] { Store(path, SomeIdentity()); }), {path, "in use"});
}

TEST(Store, RefusesWhatIsNoStoreAndLeavesItAlone) {
  for (const std::string& content : {std::string("text"), std::string(100'000, '\x7f')}) {
    const std::string path = TempFile("notes.txt", content);
    ExpectParts(Refusal([&] { Store(path, SomeIdentity()); }), {path, "no SQLite database"});
    EXPECT_EQ(Bytes(path), content);
  }
  const std::string path = TempFile("other.db", "");
  Database(path).Run("CREATE TABLE theirs (a)");
  const std::string before = Bytes(path);
  ExpectParts(Refusal([&] { Store(path, SomeIdentity()); }), {path, "no store of a search"});
  EXPECT_EQ(Bytes(path), before);
  EXPECT_THROW(Store("/proc/no/run.db", SomeIdentity()), InputError);
  EXPECT_THROW(Store(testing::TempDir(), SomeIdentity()), InputError);
}

TEST(Store, RefusesAnotherRevisionAndSaysHowToGoOn) {
  const std::string path = TempFile("run.db", "");
  Store(path, SomeIdentity());
  Database(path).Run("UPDATE provenance SET value = 'abc' WHERE name = 'git_revision'");
  ExpectParts(Refusal([&] { Store(path, SomeIdentity()); }),
              {path, "revision abc", "go on with that one"});
}

TEST(IsStore, TellsStoresFromOtherFiles) {
  const std::string path = TempFile("run.db", "");
  EXPECT_FALSE(IsStore(path));
  Store(path, SomeIdentity());
  EXPECT_TRUE(IsStore(path));
  const std::string other = TempFile("other.db", "");
  Database(other).Run("CREATE TABLE theirs (a)");
  EXPECT_FALSE(IsStore(other));
  EXPECT_FALSE(IsStore(TempFile("text", std::string(100, 'a'))));
  EXPECT_FALSE(IsStore(testing::TempDir() + "absent.db"));
}

TEST(Store, RefusesAnotherFormat) {
  const std::string path = TempFile("run.db", "");
  Store(path, SomeIdentity());
  Database(path).Run("PRAGMA user_version = 99");
  ExpectParts(Refusal([&] { Store(path, SomeIdentity()); }), {"format 99"});
}

// Whatever byte of the file changes, it is refused, or what it holds is what was saved.
TEST(Store, NeverLoadsWhatWasDamaged) {
  const ObjectiveFunction objective(FullStudy());
  const std::string path = TempFile("run.db", "");
  const Progress progress = SomeProgress(objective, 300);
  Store(path, SomeIdentity()).Save(progress);
  const std::string good = Bytes(path), packed = Pack(progress);
  std::mt19937_64 random(5);
  int refused = 0;
  for (int trial = 0; trial < 400; ++trial) {
    std::string bad = good;
    const std::size_t at = random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1 + random() % 255));
    if (trial % 4 == 0) bad.resize(at);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
    fs::remove(path + "-journal");
    try {
      const std::string loaded = Store(path, SomeIdentity()).Load();
      ASSERT_TRUE(loaded == packed || loaded.empty()) << trial << " at " << at;
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace perflaw
