#include "search/web/script.hpp"

#include <fmt/format.h>
#include <js/CallAndConstruct.h>
#include <js/CompilationAndEvaluation.h>
#include <js/Conversions.h>
#include <js/ErrorReport.h>
#include <js/Exception.h>
#include <js/Initialization.h>
#include <js/Modules.h>
#include <js/SourceText.h>
#include <jsapi.h>
#include <jsfriendapi.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace perflaw {
namespace {

constexpr std::uint32_t kMostBytes = 1u << 30;
constexpr std::size_t kStackBytes = 4u << 20;

// The engine starts once in a process.
class Engine {
 public:
  Engine() {
    if (!JS_Init()) throw std::runtime_error("the script engine does not start");
  }
  ~Engine() { JS_ShutDown(); }
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
};

struct EndContext {
  void operator()(JSContext* context) const { JS_DestroyContext(context); }
};

// The modules of one call, in a world of their own.
class Modules {
 public:
  Modules(JSContext* context, const std::map<std::string, std::string>& texts)
      : context_(context), texts_(texts), objects_(context) {
    JS_SetContextPrivate(context, this);
    JS::SetModuleResolveHook(JS_GetRuntime(context), Resolve);
  }

  // Null, with an exception in the context, where there is no such module or it cannot be read.
  JSObject* Load(const std::string& name) {
    for (std::size_t i = 0; i < loaded_.size(); ++i) {
      if (loaded_[i] == name) return objects_[i];
    }
    const auto text = texts_.find(name);
    if (text == texts_.end()) {
      JS_ReportErrorUTF8(context_, "there is no module %s", name.c_str());
      return nullptr;
    }
    JS::CompileOptions options(context_);
    options.setFileAndLine(name.c_str(), 1);
    JS::SourceText<mozilla::Utf8Unit> source;
    if (!source.init(context_, text->second.data(), text->second.size(),
                     JS::SourceOwnership::Borrowed))
      return nullptr;
    JS::RootedObject module(context_, JS::CompileModule(context_, options, source));
    if (!module) return nullptr;
    JS::RootedString place(context_, JS_NewStringCopyZ(context_, name.c_str()));
    if (!place || !objects_.append(module)) return nullptr;
    JS::SetModulePrivate(module, JS::StringValue(place));
    loaded_.push_back(name);
    return module;
  }

  void Rethrow() const {
    if (failed_) std::rethrow_exception(failed_);
  }

 private:
  // What "./b.js" means in "report/a.js".
  static JSObject* Resolve(JSContext* context, JS::HandleValue importer, JS::HandleObject request) {
    auto& self = *static_cast<Modules*>(JS_GetContextPrivate(context));
    try {
      return self.Imported(context, importer, request);
    } catch (...) {
      self.failed_ = std::current_exception();  // the engine knows no C++ exceptions
      return nullptr;
    }
  }
  JSObject* Imported(JSContext* context, JS::HandleValue importer, JS::HandleObject request) {
    JS::RootedString specifier(context, JS::GetModuleRequestSpecifier(context, request));
    JS::RootedString from(context, JS::ToString(context, importer));
    if (!specifier || !from) return nullptr;
    const JS::UniqueChars path = JS_EncodeStringToUTF8(context, specifier),
                          place = JS_EncodeStringToUTF8(context, from);
    if (!path || !place) return nullptr;
    const auto folder = std::filesystem::path(place.get()).parent_path();
    return Load((folder / path.get()).lexically_normal().string());
  }

  JSContext* context_;
  const std::map<std::string, std::string>& texts_;
  std::vector<std::string> loaded_;
  JS::RootedVector<JSObject*> objects_;
  std::exception_ptr failed_;
};

[[noreturn]] void ThrowPending(JSContext* context) {
  JS::ExceptionStack thrown(context);
  if (!JS::StealPendingExceptionStack(context, &thrown))
    throw std::runtime_error("a script of the page ended without a word: is memory short?");
  JS::ErrorReportBuilder report(context);
  if (!report.init(context, thrown, JS::ErrorReportBuilder::NoSideEffects))
    throw std::runtime_error("a script of the page failed");
  const JSErrorReport& said = *report.report();
  throw std::runtime_error(fmt::format("{}:{}: {}", said.filename ? said.filename : "script",
                                       said.lineno, report.toStringResult().c_str()));
}

JSObject* NewGlobal(JSContext* context) {
  static const JSClass kGlobal = {
      "global", JSCLASS_GLOBAL_FLAGS, &JS::DefaultGlobalClassOps, nullptr, nullptr, nullptr};
  return JS_NewGlobalObject(context, &kGlobal, nullptr, JS::FireOnNewGlobalHook,
                            JS::RealmOptions());
}

// Runs a module and those that it imports.
bool Evaluate(JSContext* context, JS::HandleObject module) {
  JS::RootedValue ignored(context);
  if (!JS::ModuleInstantiate(context, module) || !JS::ModuleEvaluate(context, module, &ignored))
    return false;
  js::RunJobs(context);
  if (!ignored.isObject()) return true;
  JS::RootedObject promise(context, &ignored.toObject());
  return JS::ThrowOnModuleEvaluationFailure(context, promise);
}

bool Call(JSContext* context, JS::HandleObject module, const std::string& function,
          const std::vector<std::string>& arguments, std::string& result) {
  JS::RootedObject exported(context, JS::GetModuleNamespace(context, module));
  JS::RootedValue callee(context), returned(context);
  if (!exported || !JS_GetProperty(context, exported, function.c_str(), &callee)) return false;
  JS::RootedVector<JS::Value> values(context);
  for (const std::string& argument : arguments) {
    JSString* text =
        JS_NewStringCopyUTF8N(context, JS::UTF8Chars(argument.data(), argument.size()));
    if (text == nullptr || !values.append(JS::StringValue(text))) return false;
  }
  if (!JS_CallFunctionValue(context, nullptr, callee, values, &returned)) return false;
  JS::RootedString text(context, JS::ToString(context, returned));
  if (!text) return false;
  JSLinearString* linear = JS_EnsureLinearString(context, text);
  if (linear == nullptr) return false;
  result.resize(JS::GetDeflatedUTF8StringLength(linear));
  JS::DeflateStringToUTF8Buffer(linear, mozilla::Span(result.data(), result.size()));
  return true;
}

}  // namespace

std::string CallScript(const std::map<std::string, std::string>& texts, const std::string& module,
                       const std::string& function, const std::vector<std::string>& arguments) {
  static const Engine engine;
  const std::unique_ptr<JSContext, EndContext> owner(JS_NewContext(kMostBytes));
  JSContext* context = owner.get();
  if (context == nullptr || !js::UseInternalJobQueues(context) || !JS::InitSelfHostedCode(context))
    throw std::runtime_error("the script engine does not start");
  JS_SetNativeStackQuota(context, kStackBytes);
  JS::RootedObject global(context, NewGlobal(context));
  if (!global) ThrowPending(context);
  const JSAutoRealm realm(context, global);
  Modules modules(context, texts);
  JS::RootedObject loaded(context, modules.Load(module));
  std::string result;
  if (!loaded || !Evaluate(context, loaded) ||
      !Call(context, loaded, function, arguments, result)) {
    modules.Rethrow();
    ThrowPending(context);
  }
  return result;
}

}  // namespace perflaw
