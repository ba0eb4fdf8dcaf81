-- Runs inside darktable: does the orders that tests/hosts/darktable/darktable.py writes into a folder.
-- An order is a Lua chunk; what it returns is answered as JSON.

local dt = require "darktable"
local folder = os.getenv("HEADSHOTS_TEST_ORDERS")

local function quoted(text)
  local escaped = text:gsub('[%c"\\]', function(letter)
    return string.format("\\u%04x", letter:byte())
  end)
  return '"' .. escaped .. '"'
end

local function json(value)
  if type(value) == "string" then return quoted(value) end
  if type(value) ~= "table" then return value == nil and "null" or tostring(value) end
  local parts = {}
  if #value > 0 or next(value) == nil then
    for _, each in ipairs(value) do parts[#parts + 1] = json(each) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, each in pairs(value) do parts[#parts + 1] = quoted(key) .. ":" .. json(each) end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- A file appears under its name only once it is whole.
local function write(name, text)
  local file = assert(io.open(folder .. "/" .. name .. ".part", "w"))
  file:write(text)
  file:close()
  os.rename(folder .. "/" .. name .. ".part", folder .. "/" .. name)
end

local function perform(path)
  local chunk, trouble = loadfile(path)
  if not chunk then return '{"raised":' .. quoted(trouble) .. "}" end
  local done, answer = pcall(chunk)
  return done and '{"answer":' .. json(answer) .. "}" or '{"raised":' .. quoted(tostring(answer)) .. "}"
end

dt.control.dispatch(function()
  write("version", dt.configuration.version)
  local number = 1
  while not dt.control.ending do
    local order = folder .. "/" .. number .. ".lua"
    local file = io.open(order)
    if file then
      file:close()
      write(number .. ".json", perform(order))
      number = number + 1
    else
      dt.control.sleep(50)
    end
  end
end)
