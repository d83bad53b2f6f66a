#include "search/health.hpp"
