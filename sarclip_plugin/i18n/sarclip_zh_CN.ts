<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>Sarclip</name>
  <message>
   <source>The Python of the engine, {path}, does not exist; choose one in {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>引擎的 Python（{path}）不存在；请在 {place} 中重新选择</translation>
  </message>
  <message>
   <source>Raster ▸ SARCLIP ▸ Set Up Engine…</source>
   <extracomment>controller.py</extracomment>
   <translation>栅格 ▸ SARCLIP ▸ 配置引擎…</translation>
  </message>
  <message>
   <source>The engine is not set up yet; choose {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>引擎尚未配置；请选择 {place}</translation>
  </message>
  <message>
   <source>The engine's environment is gone; make it again with {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>引擎的运行环境已不存在；请通过 {place} 重新创建</translation>
  </message>
  <message>
   <source>The engine's set-up was not finished; press Repair in {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>引擎的配置未完成；请在 {place} 中点击“修复”</translation>
  </message>
  <message>
   <source>The plugin was updated, its engine must be, too; press Update in {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>插件已更新，引擎也须随之更新；请在 {place} 中点击“更新”</translation>
  </message>
  <message>
   <source>Cancelled.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>已取消。</translation>
  </message>
  <message>
   <source>The engine is not running; start it again with Set Up Engine….</source>
   <extracomment>engine_client.py</extracomment>
   <translation>引擎未在运行；请通过“配置引擎…”重新启动。</translation>
  </message>
  <message>
   <source>The engine did not answer within {seconds} seconds.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>引擎在 {seconds} 秒内没有应答。</translation>
  </message>
  <message>
   <source>The engine gave no answer.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>引擎没有给出应答。</translation>
  </message>
  <message>
   <source>Cancelled; what is done is kept.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>已取消；已完成的部分会保留。</translation>
  </message>
  <message>
   <source>The scene's file has changed since it was opened; choose it again.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>场景文件在打开之后已被更改；请重新选择。</translation>
  </message>
  <message>
   <source>The engine was stopped.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>引擎已停止。</translation>
  </message>
  <message>
   <source>This cannot be done as asked: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>无法按要求执行：{}</translation>
  </message>
  <message>
   <source>The embedding cannot be kept or used: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>无法保存或使用嵌入：{}</translation>
  </message>
  <message>
   <source>The result cannot be written: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>无法写入结果：{}</translation>
  </message>
  <message>
   <source>The engine says: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎报告：{}</translation>
  </message>
  <message>
   <source>The scene cannot be read: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>无法读取场景：{}</translation>
  </message>
  <message>
   <source>The model cannot be loaded: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>无法加载模型：{}</translation>
  </message>
  <message>
   <source>Another program is encoding this scene: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>另一个程序正在编码此场景：{}</translation>
  </message>
  <message>
   <source>“sarclip {}” on a command line</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>命令行中的“sarclip {}”</translation>
  </message>
  <message>
   <source>“Tile size” in pixels</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“图块大小”（像素）</translation>
  </message>
  <message>
   <source>“Tile size” in meters</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“图块大小”（米）</translation>
  </message>
  <message>
   <source>“Area”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“区域”</translation>
  </message>
  <message>
   <source>“Band”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“波段”</translation>
  </message>
  <message>
   <source>“Scale”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“标度”</translation>
  </message>
  <message>
   <source>“Model”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“模型”</translation>
  </message>
  <message>
   <source>“Background”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“背景”</translation>
  </message>
  <message>
   <source>“Threshold”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“阈值”</translation>
  </message>
  <message>
   <source>“Folder of embeddings” in Set Up Engine…</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“配置引擎…”中的“嵌入存放文件夹”</translation>
  </message>
  <message>
   <source>“Replace” in the file dialog</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>文件对话框中的“替换”</translation>
  </message>
  <message>
   <source>the option --family of “sarclip models add”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“sarclip models add”的 --family 选项</translation>
  </message>
  <message>
   <source>the option --architecture of “sarclip models add”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>“sarclip models add”的 --architecture 选项</translation>
  </message>
  <message>
   <source>The engine's Python cannot be started ({detail}); set up the engine again.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>无法启动引擎的 Python（{detail}）；请重新配置引擎。</translation>
  </message>
  <message>
   <source>The engine does not fit this version of the plugin; press Repair in Set Up Engine….</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎与此版本的插件不匹配；请在“配置引擎…”中点击“修复”。</translation>
  </message>
  <message>
   <source>The engine could not start: {detail}.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎无法启动：{detail}。</translation>
  </message>
  <message>
   <source>The engine did not start within {detail} seconds.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎在 {detail} 秒内未能启动。</translation>
  </message>
  <message>
   <source>The engine did not answer for {detail} seconds and was ended.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎 {detail} 秒没有应答，已被终止。</translation>
  </message>
  <message>
   <source>The engine was ended by the system, which happens when memory runs out.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎被系统终止，这通常发生在内存不足时。</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>引擎意外停止。</translation>
  </message>
  <message>
   <source>It is started again.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>正在重新启动。</translation>
  </message>
  <message>
   <source>The disk is full; free some space and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>磁盘已满；请释放一些空间，然后点击“修复”。</translation>
  </message>
  <message>
   <source>This Python cannot make environments, because its part python3-venv is not installed; install it (on Debian and Ubuntu: sudo apt install python3-venv) or choose another Python.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>此 Python 无法创建虚拟环境，因为未安装其组件 python3-venv；请安装它（Debian 和 Ubuntu：sudo apt install python3-venv），或选择另一个 Python。</translation>
  </message>
  <message>
   <source>The proxy server asks for a name and a password; enter them in Settings ▸ Options ▸ Network and try again.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>代理服务器要求用户名和密码；请在 设置 ▸ 选项 ▸ 网络 中填写后重试。</translation>
  </message>
  <message>
   <source>The installer cannot use a SOCKS proxy; enter an HTTP one in Settings ▸ Options ▸ Network.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>安装程序不能使用 SOCKS 代理；请在 设置 ▸ 选项 ▸ 网络 中填写 HTTP 代理。</translation>
  </message>
  <message>
   <source>The proxy server cannot be reached; check it in Settings ▸ Options ▸ Network and try again.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>无法连接代理服务器；请在 设置 ▸ 选项 ▸ 网络 中检查后重试。</translation>
  </message>
  <message>
   <source>The connection is not trusted, because something on the way replaces its certificate; ask your administrator for pip's setting “cert”, or install from an offline wheel folder.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>连接不受信任，因为途中有设备替换了证书；请向管理员询问 pip 的“cert”设置，或从离线 wheel 文件夹安装。</translation>
  </message>
  <message>
   <source>A downloaded package is damaged; press Repair to download it again.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>下载的软件包已损坏；请点击“修复”重新下载。</translation>
  </message>
  <message>
   <source>Windows refuses paths this long; let an administrator enable long paths, or choose an existing Python in a folder with a short name.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Windows 不接受这么长的路径；请让管理员启用长路径，或选择位于短名称文件夹中的现有 Python。</translation>
  </message>
  <message>
   <source>A file could not be written: a virus scanner or another program holds it, or the folder is protected; close other QGIS windows, allow the folder in the virus scanner, and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>无法写入某个文件：它被杀毒软件或其他程序占用，或者文件夹受保护；请关闭其他 QGIS 窗口，在杀毒软件中放行该文件夹，然后点击“修复”。</translation>
  </message>
  <message>
   <source>This Python is not supported by the engine's packages; choose Python 3.10 to 3.14, 64 bit.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>引擎的软件包不支持此 Python；请选择 64 位的 Python 3.10 至 3.14。</translation>
  </message>
  <message>
   <source>The package server cannot be reached; check the network connection and the proxy in Settings ▸ Options ▸ Network, or install from an offline wheel folder.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>无法连接软件包服务器；请检查网络连接以及 设置 ▸ 选项 ▸ 网络 中的代理，或从离线 wheel 文件夹安装。</translation>
  </message>
  <message>
   <source>The connection to the package server broke off; try again, what is downloaded is kept.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>与软件包服务器的连接中断；请重试，已下载的内容会保留。</translation>
  </message>
  <message>
   <source>A package that the engine needs is not offered for this Python and system: {detail}. Choose another Python, or complete the offline wheel folder.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>引擎所需的软件包没有适用于此 Python 和系统的版本：{detail}。请选择另一个 Python，或补全离线 wheel 文件夹。</translation>
  </message>
  <message>
   <source>Packages contradict each other; press Repair, and report it when that does not help.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>软件包之间存在冲突；请点击“修复”，若无效请反馈此问题。</translation>
  </message>
  <message>
   <source>There is not enough memory; close other programs and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>内存不足；请关闭其他程序，然后点击“修复”。</translation>
  </message>
  <message>
   <source>A system library is missing; install the “Microsoft Visual C++ Redistributable” (64 bit) and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>缺少系统库；请安装“Microsoft Visual C++ Redistributable”（64 位），然后点击“修复”。</translation>
  </message>
  <message>
   <source>The engine's packages are not in this Python; choose another one, or let SARCLIP set it up.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>此 Python 中没有引擎的软件包；请选择另一个，或由 SARCLIP 来配置。</translation>
  </message>
  <message>
   <source>It stopped at “{title}”: {detail}</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>在“{title}”处停止：{detail}</translation>
  </message>
  <message>
   <source>no reason given</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>未给出原因</translation>
  </message>
  <message>
   <source>Starting the engine</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>正在启动引擎</translation>
  </message>
  <message>
   <source>The engine does not work: {reason}</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>引擎无法工作：{reason}</translation>
  </message>
  <message>
   <source>Making the environment</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在创建虚拟环境</translation>
  </message>
  <message>
   <source>Updating pip</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在更新 pip</translation>
  </message>
  <message>
   <source>Installing torch and the other packages</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在安装 torch 和其他软件包</translation>
  </message>
  <message>
   <source>Installing torch</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在安装 torch</translation>
  </message>
  <message>
   <source>Installing the other packages</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在安装其他软件包</translation>
  </message>
  <message>
   <source>Copying the engine</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在复制引擎</translation>
  </message>
  <message>
   <source>Installing the engine</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在安装引擎</translation>
  </message>
  <message>
   <source>Tidying up</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>正在清理</translation>
  </message>
  <message>
   <source>No polygon is selected: select some in a polygon layer, or choose another area.</source>
   <extracomment>gui/area.py</extracomment>
   <translation>没有选中多边形：请在面图层中选择若干多边形，或选用其他区域。</translation>
  </message>
  <message>
   <source>Find Similar</source>
   <extracomment>gui/body.py</extracomment>
   <translation>查找相似</translation>
  </message>
  <message>
   <source>Teach</source>
   <extracomment>gui/body.py</extracomment>
   <translation>示教</translation>
  </message>
  <message>
   <source>Set Up Engine…</source>
   <extracomment>gui/body.py</extracomment>
   <translation>配置引擎…</translation>
  </message>
  <message>
   <source>Status</source>
   <extracomment>gui/body.py</extracomment>
   <translation>状态</translation>
  </message>
  <message>
   <source>Click a place on the map, or drag a box, to see where the scene looks like it</source>
   <extracomment>gui/body.py</extracomment>
   <translation>在地图上点击一处或拖出一个框，查看场景中哪些地方与其相似</translation>
  </message>
  <message>
   <source>Mark tiles that are right and wrong, and see the labels improve</source>
   <extracomment>gui/body.py</extracomment>
   <translation>标记正确和错误的图块，标签会随之改进</translation>
  </message>
  <message>
   <source>Save tiles, objects, counts and styles in one file; heatmaps, similar places and taught prompts are not in it</source>
   <extracomment>gui/body.py</extracomment>
   <translation>将图块、目标、计数和样式保存到一个文件中；不包含热力图、相似位置和示教的提示词</translation>
  </message>
  <message>
   <source>Show As</source>
   <extracomment>gui/body.py</extracomment>
   <translation>显示方式</translation>
  </message>
  <message>
   <source>Scene</source>
   <extracomment>gui/body.py</extracomment>
   <translation>场景</translation>
  </message>
  <message>
   <source>Prompts</source>
   <extracomment>gui/body.py</extracomment>
   <translation>提示词</translation>
  </message>
  <message>
   <source>Saving…</source>
   <extracomment>gui/body.py</extracomment>
   <translation>正在保存…</translation>
  </message>
  <message>
   <source>Save to GeoPackage…</source>
   <extracomment>gui/body.py</extracomment>
   <translation>保存到 GeoPackage…</translation>
  </message>
  <message>
   <source>Chip {} of {}</source>
   <extracomment>gui/chips_strip.py</extracomment>
   <translation>切片 {}/{}</translation>
  </message>
  <message>
   <source>Tiles as the model sees them. Ships should be bright and calm water dark; else choose another scale.</source>
   <extracomment>gui/chips_strip.py</extracomment>
   <translation>模型所见的图块。船舶应当明亮，平静水面应当暗；否则请选择其他标度。</translation>
  </message>
  <message>
   <source>Prompt</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>提示词</translation>
  </message>
  <message>
   <source>Count</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>数量</translation>
  </message>
  <message>
   <source>Range</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>范围</translation>
  </message>
  <message>
   <source>Counts</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>计数</translation>
  </message>
  <message>
   <source>Click a row, or press Enter, to see its points on the map</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>点击一行或按回车键，在地图上查看其点</translation>
  </message>
  <message>
   <source>{} to {}</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>{} 至 {}</translation>
  </message>
  <message>
   <source>How sure the model is of what it sees; objects it cannot see, such as ships at a quay, are not in it</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>模型对所见目标的把握程度；它看不到的目标（例如停靠码头的船只）不在其中</translation>
  </message>
  <message>
   <source>SARCLIP</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>SARCLIP</translation>
  </message>
  <message>
   <source>This layer is a result of SARCLIP: choose the scene itself.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>此图层是 SARCLIP 的结果：请选择场景本身。</translation>
  </message>
  <message>
   <source>This layer is no file: it is copied to one when you press Encode.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>此图层不是文件：点击“编码”时会将其复制为文件。</translation>
  </message>
  <message>
   <source>Options changed: press Encode.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>选项已更改：请按“编码”。</translation>
  </message>
  <message>
   <source>Canceling…</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>正在取消…</translation>
  </message>
  <message>
   <source>The engine finds no NVIDIA graphics card that it can use, and computes on the processor: slowly.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>引擎找不到可用的 NVIDIA 显卡，改用处理器计算，速度较慢。</translation>
  </message>
  <message>
   <source>Engine {}, {}</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>引擎 {}，{}</translation>
  </message>
  <message numerus="yes">
   <source>Ready: %n tile(s) of {} px, on {}.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>
    <numerusform>就绪：%n 个 {} 像素的图块，运行于 {}。</numerusform>
   </translation>
  </message>
  <message>
   <source>Press Encode first: the scene is read once, then every question is quick.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>请先点击“编码”：场景只需读取一次，之后每次查询都很快。</translation>
  </message>
  <message>
   <source>The engine is busy with something else; the answer follows.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>引擎正忙于其他任务，结果稍后给出。</translation>
  </message>
  <message>
   <source>The model was not trained on these words.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>模型未用这些词训练过。</translation>
  </message>
  <message>
   <source>{} Near to it: {}.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>{}相近的词：{}。</translation>
  </message>
  <message>
   <source>{}, taught</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>{}（示教）</translation>
  </message>
  <message numerus="yes">
   <source>%n prompt(s) removed.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>
    <numerusform>已移除 %n 个提示词。</numerusform>
   </translation>
  </message>
  <message>
   <source>Marks cleared.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>标记已清除。</translation>
  </message>
  <message>
   <source>Teach needs a scene that lies north up: warp it with QGIS first.</source>
   <extracomment>gui/pointing.py</extracomment>
   <translation>示教需要北向朝上的场景：请先用 QGIS 对其进行重投影变换。</translation>
  </message>
  <message>
   <source>similar places</source>
   <extracomment>gui/presenter.py</extracomment>
   <translation>相似位置</translation>
  </message>
  <message>
   <source>Such as ships near harbor</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>例如（英文）ships near harbor</translation>
  </message>
  <message>
   <source>New prompt</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>新提示词</translation>
  </message>
  <message>
   <source>The map follows your typing; Enter adds the prompt to the list</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>地图随输入更新；按回车键将提示词加入列表</translation>
  </message>
  <message>
   <source>Tick to show, Delete removes, F2 edits; double-click a color, or press C, to change it</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>勾选以显示，Delete 键删除，F2 键编辑；双击颜色或按 C 键可更改颜色</translation>
  </message>
  <message>
   <source>Background</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>背景</translation>
  </message>
  <message>
   <source>One prompt a line; empty: as the model thinks</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>每行一个提示词；留空则由模型决定</translation>
  </message>
  <message>
   <source>Background prompts</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>背景提示词</translation>
  </message>
  <message>
   <source>What else may be there. A prompt has to beat all of these to be shown.</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>场景中可能存在的其他内容。提示词的得分须高于所有这些才会显示。</translation>
  </message>
  <message>
   <source>Color of the Prompt</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>提示词颜色</translation>
  </message>
  <message>
   <source>Learned from the tiles you marked</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>从您标记的图块中学习得到</translation>
  </message>
  <message>
   <source>There is nothing to save yet: type a prompt first; taught ones are not saved.</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>还没有可保存的内容：请先输入提示词；示教的提示词不会保存。</translation>
  </message>
  <message>
   <source>GeoPackage (*.gpkg)</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>GeoPackage (*.gpkg)</translation>
  </message>
  <message>
   <source>Save to GeoPackage</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>保存到 GeoPackage</translation>
  </message>
  <message>
   <source>Saved to {}, but not how it looks: QGIS cannot write to the file.</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>已保存到 {}，但未保存样式：QGIS 无法写入该文件。</translation>
  </message>
  <message>
   <source>Saved to {}</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>已保存到 {}</translation>
  </message>
  <message>
   <source>Choose a radar scene</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>选择雷达场景</translation>
  </message>
  <message>
   <source>Scene layer</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>场景图层</translation>
  </message>
  <message>
   <source>The radar scene: a raster layer of the project</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>雷达场景：工程中的栅格图层</translation>
  </message>
  <message>
   <source>Auto: {}</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>自动：{}</translation>
  </message>
  <message>
   <source>Read as {}, {:.1f} to {:.1f} {}: {}</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>按{}读取，{:.1f} 至 {:.1f} {}：{}</translation>
  </message>
  <message>
   <source>The scene holds no valid pixel.</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>场景中没有有效像元。</translation>
  </message>
  <message>
   <source>Encoded</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>已编码</translation>
  </message>
  <message>
   <source>Encode</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>编码</translation>
  </message>
  <message>
   <source>Options</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>选项</translation>
  </message>
  <message>
   <source>Whole layer</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>整个图层</translation>
  </message>
  <message>
   <source>Map view</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>地图视图</translation>
  </message>
  <message>
   <source>Selected polygons</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>选中的多边形</translation>
  </message>
  <message>
   <source>Band</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>波段</translation>
  </message>
  <message>
   <source>Scale</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>标度</translation>
  </message>
  <message>
   <source>Area</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>区域</translation>
  </message>
  <message>
   <source>Tile size</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>图块大小</translation>
  </message>
  <message>
   <source>Model</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>模型</translation>
  </message>
  <message>
   <source>Careful: four readings</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>仔细：读取四遍</translation>
  </message>
  <message>
   <source>Band or polarization that the model sees</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>模型所用的波段或极化方式</translation>
  </message>
  <message>
   <source>What the numbers of the scene are</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>场景数值的含义</translation>
  </message>
  <message>
   <source>Part of the scene that is encoded</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>场景中要编码的部分</translation>
  </message>
  <message>
   <source>The model that is asked</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>用于查询的模型</translation>
  </message>
  <message>
   <source>Tile size in pixels</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>图块大小（像素）</translation>
  </message>
  <message>
   <source>Side of a labeled tile; 0 leaves it to the model</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>标注图块的边长；0 表示由模型决定</translation>
  </message>
  <message>
   <source>Tile size in meters</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>图块大小（米）</translation>
  </message>
  <message>
   <source>Side of a labeled tile on the ground</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>标注图块在地面上的边长</translation>
  </message>
  <message>
   <source>Reads every part four times, mirrored and resized: objects are found more surely, in five times the time; small scenes are always read so</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>每个部分以镜像和缩放方式读取四遍：找到的目标更可靠，用时为五倍；小场景总是这样读取</translation>
  </message>
  <message>
   <source> px</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation> 像素</translation>
  </message>
  <message>
   <source> m</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation> 米</translation>
  </message>
  <message>
   <source>Auto (px)</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>自动（像素）</translation>
  </message>
  <message>
   <source>Auto (m)</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>自动（米）</translation>
  </message>
  <message>
   <source>Read the scene once; every question after it is quick</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>读取场景一次，之后每次查询都很快</translation>
  </message>
  <message>
   <source>Cancel</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>取消</translation>
  </message>
  <message>
   <source>Stop; what is encoded is kept, and the next time goes on from there</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>停止；已编码的部分会保留，下次从该处继续</translation>
  </message>
  <message>
   <source>Encoding</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>编码进度</translation>
  </message>
  <message>
   <source>%p %, {} s left</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>%p %，剩余 {} 秒</translation>
  </message>
  <message>
   <source>%p %, {} min left</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>%p %，剩余 {} 分钟</translation>
  </message>
  <message>
   <source>Set Up SARCLIP Engine</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>配置 SARCLIP 引擎</translation>
  </message>
  <message>
   <source>Make an environment for the engine (recommended)</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>为引擎创建专用环境（推荐）</translation>
  </message>
  <message>
   <source>Use an existing Python that has the engine installed</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>使用已安装引擎的现有 Python</translation>
  </message>
  <message>
   <source>Python interpreter</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Python 解释器</translation>
  </message>
  <message>
   <source>Keeps the engine's packages apart from QGIS's own Python</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>使引擎的软件包与 QGIS 自带的 Python 分开</translation>
  </message>
  <message>
   <source>For machines on which the engine was installed by hand</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>适用于已手动安装引擎的计算机</translation>
  </message>
  <message>
   <source>The program of that Python: python.exe, or bin/python of its environment</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>该 Python 的程序：python.exe，或其环境中的 bin/python</translation>
  </message>
  <message>
   <source>Progress of the set-up</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>配置进度</translation>
  </message>
  <message>
   <source>Looking for Python…</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>正在查找 Python…</translation>
  </message>
  <message>
   <source>Automatic: an NVIDIA graphics card where there is one</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>自动：有 NVIDIA 显卡时使用显卡</translation>
  </message>
  <message>
   <source>Processor only (smaller download)</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>仅使用处理器（下载量较小）</translation>
  </message>
  <message>
   <source>NVIDIA graphics card (CUDA)</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>NVIDIA 显卡（CUDA）</translation>
  </message>
  <message>
   <source>Offline wheel folder</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>离线 wheel 文件夹</translation>
  </message>
  <message>
   <source>Optional; without it packages are downloaded</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>可选；未指定时从网络下载软件包</translation>
  </message>
  <message>
   <source>What the environment is made with: Python 3.10 to 3.14, 64 bit</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>用于创建环境：64 位的 Python 3.10 至 3.14</translation>
  </message>
  <message>
   <source>Which build of torch is installed</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>安装哪个 torch 版本</translation>
  </message>
  <message>
   <source>A folder with all packages, for machines without network</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>包含全部软件包的文件夹，用于没有网络的计算机</translation>
  </message>
  <message>
   <source>Python</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Python</translation>
  </message>
  <message>
   <source>Compute on</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>计算设备</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>嵌入存放文件夹</translation>
  </message>
  <message>
   <source>Optional; your user's folder for caches otherwise</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>可选；未指定时使用您的用户缓存文件夹</translation>
  </message>
  <message>
   <source>Where encoded scenes are kept; some need several hundred megabytes</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>存放已编码场景的位置；有些场景需要数百兆字节</translation>
  </message>
  <message>
   <source>This folder does not exist; the one before is used until you choose another.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>此文件夹不存在；在您另选之前，继续使用原来的文件夹。</translation>
  </message>
  <message>
   <source>Details</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>详细信息</translation>
  </message>
  <message>
   <source>What the installer prints</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>安装程序的输出</translation>
  </message>
  <message>
   <source>Copy Diagnostics</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>复制诊断信息</translation>
  </message>
  <message>
   <source>Copy a report for bug trackers; names and passwords are left out</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>复制用于问题反馈的报告；不含用户名和密码</translation>
  </message>
  <message>
   <source>Repair</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>修复</translation>
  </message>
  <message>
   <source>Make the environment again; what was downloaded is used again</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>重新创建环境；已下载的内容会再次使用</translation>
  </message>
  <message>
   <source>Set Up</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>配置</translation>
  </message>
  <message>
   <source>No suitable Python found; install Python 3.10 to 3.14 from python.org</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>未找到合适的 Python；请从 python.org 安装 Python 3.10 至 3.14</translation>
  </message>
  <message>
   <source>The engine is ready.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>引擎已就绪。</translation>
  </message>
  <message>
   <source>SARCLIP's model runs in a Python environment of its own, so that QGIS's Python stays as it is. Make it once here; it lies in your user profile.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>SARCLIP 的模型在自己的 Python 环境中运行，因此不会改动 QGIS 的 Python。在此创建一次即可；该环境位于您的用户配置文件中。</translation>
  </message>
  <message>
   <source>The set-up was not finished; press Repair.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>配置未完成；请点击“修复”。</translation>
  </message>
  <message>
   <source>The plugin was updated; press Update to bring the engine along.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>插件已更新；请点击“更新”以同步引擎。</translation>
  </message>
  <message>
   <source>The engine's environment is gone; make it again.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>引擎的运行环境已不存在；请重新创建。</translation>
  </message>
  <message>
   <source>Check and Use</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>检查并使用</translation>
  </message>
  <message>
   <source>Use</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>使用</translation>
  </message>
  <message>
   <source>Update</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>更新</translation>
  </message>
  <message>
   <source>Nothing is downloaded; about {disk:.1f} GB on disk, {free:.0f} GB are free.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>无需下载；约占磁盘 {disk:.1f} GB，可用空间 {free:.0f} GB。</translation>
  </message>
  <message>
   <source>About {download:.1f} GB to download, {disk:.1f} GB on disk; {free:.0f} GB are free.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>约需下载 {download:.1f} GB，占磁盘 {disk:.1f} GB；可用空间 {free:.0f} GB。</translation>
  </message>
  <message>
   <source>The engine could not be set up.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>无法配置引擎。</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>已取消；已下载的内容会保留。</translation>
  </message>
  <message>
   <source>The report is in the clipboard.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>报告已复制到剪贴板。</translation>
  </message>
  <message>
   <source>Name of the taught prompt</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>示教提示词的名称</translation>
  </message>
  <message>
   <source>Keep</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>保留</translation>
  </message>
  <message>
   <source>Clear</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>清除</translation>
  </message>
  <message>
   <source>Done</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>完成</translation>
  </message>
  <message>
   <source>Keep the taught prompt in the list, under this name</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>以此名称将示教的提示词保留在列表中</translation>
  </message>
  <message>
   <source>Take all marks away</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>移除所有标记</translation>
  </message>
  <message>
   <source>Stop teaching</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>结束示教</translation>
  </message>
  <message>
   <source>taught</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>示教</translation>
  </message>
  <message>
   <source>Click tiles that are right; Shift+click or right-click tiles that are wrong.</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>单击正确的图块；按住 Shift 单击或右击错误的图块。</translation>
  </message>
  <message>
   <source>{} right, {} wrong: mark at least one of each.</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>正确 {} 个，错误 {} 个：每种至少标记一个。</translation>
  </message>
  <message>
   <source>{} right, {} wrong. More marks make it better.</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>正确 {} 个，错误 {} 个。标记越多效果越好。</translation>
  </message>
  <message>
   <source>Undo</source>
   <extracomment>gui/undoing.py</extracomment>
   <translation>撤销</translation>
  </message>
  <message>
   <source>Heatmap</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>热力图</translation>
  </message>
  <message>
   <source>Where the prompts are true, place by place</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>逐处显示提示词成立的程度</translation>
  </message>
  <message>
   <source>Tiles</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>图块</translation>
  </message>
  <message>
   <source>Which prompt fits each tile best</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>与每个图块最匹配的提示词</translation>
  </message>
  <message>
   <source>Objects as points, and how many there are</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>以点表示目标及其数量</translation>
  </message>
  <message>
   <source>Threshold</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>阈值</translation>
  </message>
  <message>
   <source>Score from which places are shown</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>显示位置的最低得分</translation>
  </message>
  <message>
   <source>Opacity</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>不透明度</translation>
  </message>
  <message>
   <source>Opacity of the result layers</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>结果图层的不透明度</translation>
  </message>
  <message>
   <source>SARCLIP: encode {}</source>
   <extracomment>gui/workbench.py</extracomment>
   <translation>SARCLIP：编码 {}</translation>
  </message>
  <message>
   <source>SARCLIP: save {}</source>
   <extracomment>gui/workbench.py</extracomment>
   <translation>SARCLIP：保存 {}</translation>
  </message>
  <message>
   <source>Copying the layer…</source>
   <extracomment>gui/workbench.py</extracomment>
   <translation>正在复制图层…</translation>
  </message>
  <message>
   <source>Ending the engine…</source>
   <extracomment>installer.py</extracomment>
   <translation>正在结束引擎…</translation>
  </message>
  <message>
   <source>{program} cannot be started; choose another Python.</source>
   <extracomment>installer.py</extracomment>
   <translation>无法启动 {program}；请选择另一个 Python。</translation>
  </message>
  <message>
   <source>Possible ({:.2f})</source>
   <extracomment>layers/heat.py</extracomment>
   <translation>可能（{:.2f}）</translation>
  </message>
  <message>
   <source>Surest ({:.2f} and more)</source>
   <extracomment>layers/heat.py</extracomment>
   <translation>最确定（{:.2f} 及以上）</translation>
  </message>
  <message>
   <source>Made by SARCLIP, a model that asks radar scenes in words.</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>由 SARCLIP 生成，这是一个用文字查询雷达场景的模型。</translation>
  </message>
  <message>
   <source>Readings of every part</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>每个部分的读取次数</translation>
  </message>
  <message>
   <source>Folder of the embedding</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>嵌入文件夹</translation>
  </message>
  <message>
   <source>Engine</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>引擎</translation>
  </message>
  <message>
   <source>Date</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>日期</translation>
  </message>
  <message>
   <source>Similar places</source>
   <extracomment>layers/results.py</extracomment>
   <translation>相似位置</translation>
  </message>
  <message>
   <source>Heatmap: {}</source>
   <extracomment>layers/results.py</extracomment>
   <translation>热力图：{}</translation>
  </message>
  <message>
   <source>Tiles: {}</source>
   <extracomment>layers/results.py</extracomment>
   <translation>图块：{}</translation>
  </message>
  <message>
   <source>Objects</source>
   <extracomment>layers/results.py</extracomment>
   <translation>目标</translation>
  </message>
  <message>
   <source>SARCLIP: {}</source>
   <extracomment>layers/results.py</extracomment>
   <translation>SARCLIP：{}</translation>
  </message>
  <message>
   <source>{}, as seen</source>
   <extracomment>layers/saved.py</extracomment>
   <translation>{}（所见样式）</translation>
  </message>
  <message>
   <source>As it was seen</source>
   <extracomment>layers/saved.py</extracomment>
   <translation>保存时的显示样式</translation>
  </message>
  <message>
   <source>Layer '{}' is broken: repair its data source first.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>图层“{}”已损坏：请先修复其数据源。</translation>
  </message>
  <message>
   <source>Layer '{}' is a rendered picture from a map service: it holds colors, not backscatter. Use the file, or a coverage service (WCS).</source>
   <extracomment>layers/source.py</extracomment>
   <translation>图层“{}”是地图服务渲染的图片：它包含颜色，而不是后向散射。请使用文件或覆盖服务（WCS）。</translation>
  </message>
  <message>
   <source>Layer '{}' has no pixel size, or too many pixels to copy: save a part of it to a file.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>图层“{}”没有像元大小，或像元过多而无法复制：请将其中一部分保存为文件。</translation>
  </message>
  <message>
   <source>Layer '{}' cannot be read.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>无法读取图层“{}”。</translation>
  </message>
  <message>
   <source>Cancelled while layer '{}' was copied.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>复制图层“{}”时被取消。</translation>
  </message>
  <message>
   <source>Layer '{}' cannot be copied to {}: check the room on the disk and the connection.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>无法将图层“{}”复制到 {}：请检查磁盘空间和连接。</translation>
  </message>
  <message>
   <source>Unpacking; this takes some minutes</source>
   <extracomment>pip_progress.py</extracomment>
   <translation>正在解包，需要几分钟</translation>
  </message>
  <message>
   <source>Downloading {package} ({size:.0f} MB)</source>
   <extracomment>pip_progress.py</extracomment>
   <translation>正在下载 {package}（{size:.0f} MB）</translation>
  </message>
  <message>
   <source>SARCLIP Panel</source>
   <extracomment>plugin.py</extracomment>
   <translation>SARCLIP 面板</translation>
  </message>
  <message>
   <source>Ask a radar scene in words</source>
   <extracomment>plugin.py</extracomment>
   <translation>用文字查询雷达场景</translation>
  </message>
  <message>
   <source>Help</source>
   <extracomment>plugin.py</extracomment>
   <translation>帮助</translation>
  </message>
  <message>
   <source>index.html</source>
   <extracomment>plugin.py</extracomment>
   <translation>index_zh_CN.html</translation>
  </message>
  <message>
   <source>Cancelled; what is encoded is kept.</source>
   <extracomment>processing/base.py</extracomment>
   <translation>已取消；已编码的部分会保留。</translation>
  </message>
  <message>
   <source>Count objects</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>目标计数</translation>
  </message>
  <message>
   <source>Counts objects in a radar scene, one point each, with a range that says how sure the model is of what it sees; objects it cannot see, such as ships at a quay, are not in it. Encodes the scene first where that was not done.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>统计雷达场景中的目标数量，每个目标一个点，并给出表示模型把握程度的范围；模型看不到的目标（例如停靠码头的船只）不在其中。若场景尚未编码，则先进行编码。</translation>
  </message>
  <message>
   <source>Probability from which an object counts, from 0 to 1.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>计入目标的最低概率，从 0 到 1。</translation>
  </message>
  <message>
   <source>Least distance in meters</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>最小间距（米）</translation>
  </message>
  <message>
   <source>Two objects of one prompt that are nearer than this are one; empty for nine pixels.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>同一提示词的两个目标若距离小于此值则视为一个；留空表示九个像元。</translation>
  </message>
  <message>
   <source>A GeoPackage of points; the tiles they lie in, a summary and the run are inside, too. A file that is there already is replaced.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>点要素的 GeoPackage；其中还包含点所在的图块、汇总和运行记录。已有的文件会被替换。</translation>
  </message>
  <message>
   <source>Number of objects, all prompts together</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>所有提示词的目标总数</translation>
  </message>
  <message>
   <source>Lower end of the range</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>范围的下限</translation>
  </message>
  <message>
   <source>Upper end of the range</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>范围的上限</translation>
  </message>
  <message>
   <source>Count and range per prompt, as JSON</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>各提示词的数量和范围（JSON）</translation>
  </message>
  <message>
   <source>{}: {count} (between {low} and {high})</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>{}：{count}（{low} 至 {high} 之间）</translation>
  </message>
  <message>
   <source>Encode scene</source>
   <extracomment>processing/encodescene.py</extracomment>
   <translation>场景编码</translation>
  </message>
  <message>
   <source>Reads a radar scene once and keeps what the model sees in it. Every question about the scene is quick afterwards. What is encoded is never encoded again, and a run that was stopped goes on where it was.</source>
   <extracomment>processing/encodescene.py</extracomment>
   <translation>读取一次雷达场景，并保存模型从中看到的内容。之后对该场景的每次查询都很快。已编码的内容不会重复编码，中断的运行会从停止处继续。</translation>
  </message>
  <message>
   <source>Number of tiles</source>
   <extracomment>processing/encodescene.py</extracomment>
   <translation>图块数量</translation>
  </message>
  <message>
   <source>Engine status</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>引擎状态</translation>
  </message>
  <message>
   <source>Starts the engine where it does not run, and says its version, its device and its models.</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>若引擎未运行则将其启动，并报告其版本、设备和模型。</translation>
  </message>
  <message>
   <source>Version</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>版本</translation>
  </message>
  <message>
   <source>Device</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>设备</translation>
  </message>
  <message>
   <source>Models</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>模型</translation>
  </message>
  <message>
   <source>Engine {} on {} ({}), models: {}</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>引擎 {}，运行于 {}（{}），模型：{}</translation>
  </message>
  <message>
   <source>Few-shot labels</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>少样本标注</translation>
  </message>
  <message>
   <source>Learns labels from a few points and labels every tile of a radar scene with them. Each point stands for the tile it lies in. Encodes the scene first where that was not done.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>从少量点中学习标签，并用其标注雷达场景的每个图块。每个点代表其所在的图块。若场景尚未编码，则先进行编码。</translation>
  </message>
  <message>
   <source>Examples</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>样例</translation>
  </message>
  <message>
   <source>Points on the scene, at least one for each of two labels; points without a label are left out.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>场景上的点，至少包含两种标签，每种至少一个点；没有标签的点会被忽略。</translation>
  </message>
  <message>
   <source>Label field</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>标签字段</translation>
  </message>
  <message>
   <source>The field of the examples that holds the label.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>样例图层中存放标签的字段。</translation>
  </message>
  <message>
   <source>Number of tiles per label, as JSON</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>各标签的图块数量（JSON）</translation>
  </message>
  <message>
   <source>Examples need a scene that lies north up: warp it with QGIS first.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>使用样例需要北向朝上的场景：请先用 QGIS 对其进行重投影变换。</translation>
  </message>
  <message>
   <source>An example has no place in the system of the scene.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>有一个样例无法转换到场景的坐标系中。</translation>
  </message>
  <message>
   <source>Example {} lies outside the scene.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>样例 {} 位于场景之外。</translation>
  </message>
  <message>
   <source>Find similar places</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>查找相似位置</translation>
  </message>
  <message>
   <source>Scores every place of a radar scene by its likeness to a place in it: 1 is the place itself, 0 the usual. Encodes the scene first where that was not done.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>按与场景中某一位置的相似程度为雷达场景的每个位置打分：1 为该位置本身，0 为一般水平。若场景尚未编码，则先进行编码。</translation>
  </message>
  <message>
   <source>Place</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>位置</translation>
  </message>
  <message>
   <source>A point that shows what to look for.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>指示要查找内容的点。</translation>
  </message>
  <message>
   <source>Box</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>矩形框</translation>
  </message>
  <message>
   <source>A box that shows what to look for; goes before the point.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>指示要查找内容的矩形框；优先于点。</translation>
  </message>
  <message>
   <source>Likeness</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>相似度</translation>
  </message>
  <message>
   <source>A Cloud-Optimized GeoTIFF. A file that is there already is replaced.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>云优化 GeoTIFF。已有的文件会被替换。</translation>
  </message>
  <message>
   <source>No place is given: give a point or a box.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>未指定位置：请给出一个点或一个矩形框。</translation>
  </message>
  <message>
   <source>Label tiles</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>图块标注</translation>
  </message>
  <message>
   <source>Labels each tile of a radar scene with the prompt that fits it best. A tile that fits the background better has no label. Encodes the scene first where that was not done.</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>用最匹配的提示词标注雷达场景的每个图块。与背景更匹配的图块没有标签。若场景尚未编码，则先进行编码。</translation>
  </message>
  <message>
   <source>Number of tiles per prompt, as JSON</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>各提示词的图块数量（JSON）</translation>
  </message>
  <message numerus="yes">
   <source>{}: %n tile(s)</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>
    <numerusform>{}：%n 个图块</numerusform>
   </translation>
  </message>
  <message>
   <source>What to look for, in plain English, such as "ships near harbor". Several prompts are parted by semicolons or new lines.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>要查找的内容，用简明英语描述，例如 "ships near harbor"。多个提示词用分号或换行分隔。</translation>
  </message>
  <message>
   <source>A GeoPackage of labeled tiles, with their scores, a summary and the run inside. A file that is there already is replaced.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>带标签图块的 GeoPackage，其中包含得分、汇总和运行记录。已有的文件会被替换。</translation>
  </message>
  <message>
   <source>A radar scene: backscatter, not a picture of it.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>雷达场景：后向散射数据，而不是渲染后的图片。</translation>
  </message>
  <message>
   <source>Band that the model sees; the first by default.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>模型所用的波段；默认为第一波段。</translation>
  </message>
  <message>
   <source>What the numbers are: decibels, power, amplitude or 8-bit; auto says in the log what it found.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>数值的含义：分贝、功率、振幅或 8 位；选择 auto 时会在日志中说明判断结果。</translation>
  </message>
  <message>
   <source>Side of a tile, in pixels; a multiple of 8. Empty leaves it to the model.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>图块边长，以像素为单位，须为 8 的倍数。留空则由模型决定。</translation>
  </message>
  <message>
   <source>Side of a tile on the ground, instead of its side in pixels.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>图块在地面上的边长，用来代替以像素表示的边长。</translation>
  </message>
  <message>
   <source>Reads every part four times, mirrored and resized: objects are found more surely, in five times the time; small scenes are always read so.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>每个部分以镜像和缩放方式读取四遍：找到的目标更可靠，用时为五倍；小场景总是这样读取。</translation>
  </message>
  <message>
   <source>Name of a model of the engine; empty for the default.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>引擎中的模型名称；留空使用默认模型。</translation>
  </message>
  <message>
   <source>Extent</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>范围</translation>
  </message>
  <message>
   <source>Only this part of the scene is encoded and asked.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>仅对场景的这一部分进行编码和查询。</translation>
  </message>
  <message>
   <source>Area of interest</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>感兴趣区</translation>
  </message>
  <message>
   <source>Only tiles whose center lies in these polygons are asked; goes before the extent.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>仅查询中心位于这些多边形内的瓦片；优先于范围。</translation>
  </message>
  <message>
   <source>What else may be there, parted as the prompts; empty for the model's own list.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>场景中可能存在的其他内容，分隔方式与提示词相同；留空使用模型自带的列表。</translation>
  </message>
  <message>
   <source>Scale {}, {:.2f} to {:.2f} {}: {}</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>标度 {}，{:.2f} 至 {:.2f} {}：{}</translation>
  </message>
  <message>
   <source>Layer '{}' is no file; it is copied to one first.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>图层“{}”不是文件；先将其复制为文件。</translation>
  </message>
  <message>
   <source>The area of interest holds no polygon.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>感兴趣区中没有多边形。</translation>
  </message>
  <message>
   <source>Similarity heatmap</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>相似度热力图</translation>
  </message>
  <message>
   <source>Scores every place of a radar scene for each prompt, from 0 to 1: how much the prompt beats its background. One band per prompt. Encodes the scene first where that was not done.</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>针对每个提示词为雷达场景的每个位置打分，从 0 到 1：表示提示词胜过背景的程度。每个提示词一个波段。若场景尚未编码，则先进行编码。</translation>
  </message>
  <message>
   <source>A Cloud-Optimized GeoTIFF with one band per prompt; each is shown as a layer. A file that is there already is replaced.</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>云优化 GeoTIFF，每个提示词一个波段，各显示为一个图层。已有的文件会被替换。</translation>
  </message>
  <message>
   <source>Score from which a prompt is true</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>提示词成立的最低得分</translation>
  </message>
  <message>
   <source>does not run as a Python</source>
   <extracomment>python_finder.py</extracomment>
   <translation>不能作为 Python 运行</translation>
  </message>
  <message>
   <source>Python {0} to {1} is needed</source>
   <extracomment>python_finder.py</extracomment>
   <translation>需要 Python {0} 至 {1}</translation>
  </message>
  <message>
   <source>it is a 32 bit Python; 64 bit is needed</source>
   <extracomment>python_finder.py</extracomment>
   <translation>这是 32 位 Python；需要 64 位</translation>
  </message>
  <message>
   <source>its part python3-venv is not installed</source>
   <extracomment>python_finder.py</extracomment>
   <translation>未安装其组件 python3-venv</translation>
  </message>
  <message>
   <source>Auto</source>
   <extracomment>session.py</extracomment>
   <translation>自动</translation>
  </message>
  <message>
   <source>decibels</source>
   <extracomment>session.py</extracomment>
   <translation>分贝</translation>
  </message>
  <message>
   <source>power</source>
   <extracomment>session.py</extracomment>
   <translation>功率</translation>
  </message>
  <message>
   <source>amplitude</source>
   <extracomment>session.py</extracomment>
   <translation>振幅</translation>
  </message>
  <message>
   <source>8-bit</source>
   <extracomment>session.py</extracomment>
   <translation>8 位</translation>
  </message>
  <message>
   <source>There is not enough room in {folder}: {missing} MB more are needed.</source>
   <extracomment>setup_run.py</extracomment>
   <translation>{folder} 中空间不足：还需要 {missing} MB。</translation>
  </message>
  <message>
   <source>The folder {folder} cannot be written: {reason}</source>
   <extracomment>setup_run.py</extracomment>
   <translation>无法写入文件夹 {folder}：{reason}</translation>
  </message>
 </context>
</TS>
