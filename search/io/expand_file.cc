#include "search/io/expand_file.hpp"
