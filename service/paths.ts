/** Every path that answers something other than 404. */
export const PATHS = {
  convert: '/api/convert-fahrenheit-to-celsius',
  health: '/api/healthcheck',
  openApi: '/openapi.json',
} as const;
