// Finds a module that is imported without its ".js" or as its folder, as bundlers do and generated files expect.
export async function resolve(name, context, next) {
  if (!name.startsWith(".")) return next(name, context);
  for (const end of ["", ".js", "/index.js"]) {
    try {
      return await next(name + end, context);
    } catch (error) {
      if (!["ERR_MODULE_NOT_FOUND", "ERR_UNSUPPORTED_DIR_IMPORT"].includes(error.code)) throw error;
    }
  }
  return next(name, context);
}
