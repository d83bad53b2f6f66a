#include "search/io/curve_file.hpp"
