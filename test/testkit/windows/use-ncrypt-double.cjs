// node -r use-ncrypt-double.cjs: from now on ncrypt.dll is the double, which is looked for among the
// libraries that are loaded before any is looked for elsewhere.
const path = require('node:path');

try {
  process.dlopen(
    { exports: {} },
    path.join(path.dirname(module.filename), '../../../build/windows/ncrypt.dll'),
  );
} catch (error) {
  // It is loaded and stays; Node only says that it is no addon.
  if (!String(error).includes('did not self-register')) throw error;
}
