--[[ headshots in darktable's lighttable: edits the selected pictures without leaving darktable.

`headshots darktable-install` puts this file where darktable loads it. Each selected picture is
exported as a 16-bit TIFF beside it, edited in place by `headshots edit`, and imported into the
picture's group with its stars, labels and tags. A picture that can't be edited leaves no file.
]]

local dt = require "darktable"

local COMMAND = { "headshots" } -- darktable-install names that of its installation

local MODULE = "headshots"
local OUR_TAGS = "darktable|"
local PICTURE_SUFFIX = "-headshots"

local headshots = {}

local windows = dt.configuration.running_os == "windows"

local function quoted(text)
  if windows then return '"' .. text:gsub('"', '""') .. '"' end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local function contents(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

-- The last line that is not about progress: what headshots says when it ends.
local function last_line(text)
  local last = ""
  for line in text:gmatch("[^\r\n]+") do
    if not line:match("^%s*%d+%%") then last = line end
  end
  return last
end

-- A free name beside the picture: photo-headshots.tif, photo-headshots_01.tif and so on.
local function free_path(image)
  local stem = image.path .. "/" .. image.filename:gsub("%.[^.]*$", "") .. PICTURE_SUFFIX
  local path, number = stem .. ".tif", 1
  while exists(path) do
    path, number = string.format("%s_%02d.tif", stem, number), number + 1
  end
  return path
end

local function command_line(path, recipe, sitter, log)
  local parts = {}
  for _, each in ipairs(COMMAND) do parts[#parts + 1] = quoted(each) end
  for _, each in ipairs({ "edit", path, "--recipe", recipe }) do parts[#parts + 1] = quoted(each) end
  if sitter ~= "" then
    parts[#parts + 1] = "--sitter"
    parts[#parts + 1] = quoted(sitter)
  end
  local line = table.concat(parts, " ") .. " >" .. quoted(log) .. " 2>&1"
  return windows and 'cmd /s /c "' .. line .. '"' or line
end

-- darktable wrote stars and labels into the export, but reads back only some of them.
local function carry(from, to)
  to.rating = from.rating
  for _, colour in ipairs({ "red", "yellow", "green", "blue", "purple" }) do
    to[colour] = from[colour]
  end
  for _, tag in ipairs(dt.tags.get_tags(from)) do
    if tag.name:sub(1, #OUR_TAGS) ~= OUR_TAGS then dt.tags.attach(tag, to) end
  end
  to:group_with(from.group_leader)
end

-- The edited picture, or nil and the reason in words.
local function edit(image, recipe, sitter)
  local path, log = free_path(image), os.tmpname()
  local format = dt.new_format("tiff")
  format.bpp = 16
  format.max_width, format.max_height = 0, 0
  format:write_image(image, path, false)
  if not exists(path) then return nil, "darktable could not export it" end
  local code = dt.control.execute(command_line(path, recipe, sitter, log))
  local said = last_line(contents(log))
  os.remove(log)
  if code ~= 0 then
    os.remove(path)
    return nil, said ~= "" and said or "headshots was not found; run headshots darktable-install"
  end
  local made = dt.database.import(path)
  carry(image, made)
  return made, said
end

-- Edits pictures one after the other; a message for each is shown, and all are returned.
function headshots.edit(images, recipe, sitter)
  local job = dt.gui.create_job("headshots: " .. recipe, true)
  local messages = {}
  for index, image in ipairs(images) do
    local made, said = edit(image, recipe, sitter)
    local message = said
    if not made then message = image.filename .. ": " .. said end
    messages[#messages + 1] = message
    dt.print(message)
    job.percent = index / #images
  end
  job.valid = false
  return messages
end

local recipe = dt.new_widget("combobox") {
  label = "recipe",
  editable = true,
  tooltip = "what headshots does with the selected pictures; or the path of a recipe of yours",
  "retouch", "relight", "refine", "backdrop",
}
local sitter = dt.new_widget("entry") {
  text = "",
  placeholder = "sitter's id",
  tooltip = "the id that `headshots identities` shows, such as id:3f9a2b7c1e: their moles are then "
    .. "kept and likeness is guarded; refine needs it. Leave it empty for anybody.",
}
headshots.button = dt.new_widget("button") {
  label = "edit selected",
  tooltip = "export 16-bit TIFFs, edit them by headshots, and import them into their groups",
  clicked_callback = function()
    local images, chosen, name = dt.gui.selection(), recipe.value, sitter.text
    if #images == 0 then
      dt.print("headshots: select a picture first")
      return
    end
    headshots.messages = nil
    dt.control.dispatch(function() headshots.messages = headshots.edit(images, chosen, name) end)
  end,
}
headshots.recipe, headshots.sitter = recipe, sitter

dt.register_lib(
  MODULE,
  "headshots",
  true,
  false,
  { [dt.gui.views.lighttable] = { "DT_UI_CONTAINER_PANEL_RIGHT_CENTER", 900 } },
  dt.new_widget("box") { orientation = "vertical", recipe, sitter, headshots.button }
)

return headshots
