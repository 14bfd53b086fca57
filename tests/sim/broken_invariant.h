// What a PMX_CHECK that fails does in the simulator: in the daemon it ends the process.
#pragma once

namespace pmx::sim {

// Called with what is broken; when it returns, or there is none, the process aborts.
inline void (*when_invariant_breaks)(const char* text) = nullptr;

}  // namespace pmx::sim
