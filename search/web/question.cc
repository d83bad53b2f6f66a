#include "search/web/question.hpp"

#include "search/base/error.hpp"

namespace perflaw {

std::string WrittenText(const Json& value, const std::string& key) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  throw InputError(kRequest, key, value.is_primitive() ? value.dump() : "",
                   "must be a number or a text as \"15T\"");
}

std::string WrittenText(Fields& fields, const std::string& key) {
  if (!fields.Has(key)) {
    fields.Skip(key);
    return "";
  }
  return WrittenText(fields.Get(key), fields.PathOf(key));
}

std::string WrittenTextOr(Fields& fields, const std::string& key, const std::string& fallback) {
  const std::string text = WrittenText(fields, key);
  return text.empty() ? fallback : text;
}

std::string TextOr(Fields& fields, const std::string& key, const std::string& fallback) {
  if (fields.Has(key)) return fields.Text(key);
  fields.Skip(key);
  return fallback;
}

ModelSource ReadSource(Fields& fields, Inputs& inputs) {
  ModelSource source;
  int given = 0;
  for (const char* key : {"model", "config", "shape"}) {
    given += fields.Has(key) ? 1 : 0;
    fields.Skip(key);
  }
  if (given != 1)
    throw InputError(kRequest, "model", "", "give one of \"model\", \"config\" and \"shape\"");
  if (fields.Has("model")) {
    source.model = fields.Text("model");
    if (source.model.empty()) fields.Fail("model", "must be a name");
  } else if (fields.Has("config")) {
    source.model = "config";
    inputs.Add(source.model, fields.Get("config").dump());
  } else {
    Fields shape = fields.Object("shape");
    source.layers = WrittenText(shape, "layers");
    source.hidden = WrittenText(shape, "hidden");
    source.ffn = WrittenText(shape, "ffn");
    source.params = WrittenText(shape, "params");
    source.active_params = WrittenText(shape, "active_params");
    source.activated_ffn = WrittenText(shape, "activated_ffn");
    shape.Done();
  }
  return source;
}

}  // namespace perflaw
