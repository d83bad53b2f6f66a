#include "search/expand.hpp"
