<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
 <context>
  <name>Sarclip</name>
  <message>
   <source>The Python of the engine, {path}, does not exist; choose one in {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>El Python del motor, {path}, no existe; elija otro en {place}</translation>
  </message>
  <message>
   <source>Raster ▸ SARCLIP ▸ Set Up Engine…</source>
   <extracomment>controller.py</extracomment>
   <translation>Ráster ▸ SARCLIP ▸ Configurar motor…</translation>
  </message>
  <message>
   <source>The engine is not set up yet; choose {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>El motor aún no está configurado; elija {place}</translation>
  </message>
  <message>
   <source>The engine's environment is gone; make it again with {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>El entorno del motor ya no existe; vuelva a crearlo con {place}</translation>
  </message>
  <message>
   <source>The engine's set-up was not finished; press Repair in {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>La configuración del motor no se completó; pulse Reparar en {place}</translation>
  </message>
  <message>
   <source>The plugin was updated, its engine must be, too; press Update in {place}</source>
   <extracomment>controller.py</extracomment>
   <translation>El complemento se actualizó y su motor también debe actualizarse; pulse Actualizar en {place}</translation>
  </message>
  <message>
   <source>Cancelled.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>Cancelado.</translation>
  </message>
  <message>
   <source>The engine is not running; start it again with Set Up Engine….</source>
   <extracomment>engine_client.py</extracomment>
   <translation>El motor no está en ejecución; inícielo de nuevo con Configurar motor….</translation>
  </message>
  <message>
   <source>The engine did not answer within {seconds} seconds.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>El motor no respondió en {seconds} segundos.</translation>
  </message>
  <message>
   <source>The engine gave no answer.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>El motor no dio ninguna respuesta.</translation>
  </message>
  <message>
   <source>Cancelled; what is done is kept.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>Cancelado; lo hecho se conserva.</translation>
  </message>
  <message>
   <source>The scene's file has changed since it was opened; choose it again.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>El archivo de la escena ha cambiado desde que se abrió; elíjalo de nuevo.</translation>
  </message>
  <message>
   <source>The engine was stopped.</source>
   <extracomment>engine_client.py</extracomment>
   <translation>El motor se ha detenido.</translation>
  </message>
  <message>
   <source>This cannot be done as asked: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>No se puede hacer lo que se pide: {}</translation>
  </message>
  <message>
   <source>The embedding cannot be kept or used: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>No se puede guardar o usar la incrustación: {}</translation>
  </message>
  <message>
   <source>The result cannot be written: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>No se puede escribir el resultado: {}</translation>
  </message>
  <message>
   <source>The engine says: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El motor dice: {}</translation>
  </message>
  <message>
   <source>The scene cannot be read: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>No se puede leer la escena: {}</translation>
  </message>
  <message>
   <source>The model cannot be loaded: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>No se puede cargar el modelo: {}</translation>
  </message>
  <message>
   <source>Another program is encoding this scene: {}</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>Otro programa está codificando esta escena: {}</translation>
  </message>
  <message>
   <source>“sarclip {}” on a command line</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«sarclip {}» en una línea de órdenes</translation>
  </message>
  <message>
   <source>“Tile size” in pixels</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Tesela» en píxeles</translation>
  </message>
  <message>
   <source>“Tile size” in meters</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Tesela» en metros</translation>
  </message>
  <message>
   <source>“Area”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Zona»</translation>
  </message>
  <message>
   <source>“Band”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Banda»</translation>
  </message>
  <message>
   <source>“Scale”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Escala»</translation>
  </message>
  <message>
   <source>“Model”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Modelo»</translation>
  </message>
  <message>
   <source>“Background”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Fondo»</translation>
  </message>
  <message>
   <source>“Threshold”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Umbral»</translation>
  </message>
  <message>
   <source>“Folder of embeddings” in Set Up Engine…</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Carpeta de incrustaciones (embeddings)» en Configurar motor…</translation>
  </message>
  <message>
   <source>“Replace” in the file dialog</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>«Reemplazar» en el cuadro de archivos</translation>
  </message>
  <message>
   <source>the option --family of “sarclip models add”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>la opción --family de «sarclip models add»</translation>
  </message>
  <message>
   <source>the option --architecture of “sarclip models add”</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>la opción --architecture de «sarclip models add»</translation>
  </message>
  <message>
   <source>The engine's Python cannot be started ({detail}); set up the engine again.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>No se puede iniciar el Python del motor ({detail}); configure el motor de nuevo.</translation>
  </message>
  <message>
   <source>The engine does not fit this version of the plugin; press Repair in Set Up Engine….</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El motor no corresponde a esta versión del complemento; pulse Reparar en Configurar motor….</translation>
  </message>
  <message>
   <source>The engine could not start: {detail}.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El motor no pudo iniciarse: {detail}.</translation>
  </message>
  <message>
   <source>The engine did not start within {detail} seconds.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El motor no se inició en {detail} segundos.</translation>
  </message>
  <message>
   <source>The engine did not answer for {detail} seconds and was ended.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El motor no respondió durante {detail} segundos y se terminó.</translation>
  </message>
  <message>
   <source>The engine was ended by the system, which happens when memory runs out.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El sistema terminó el motor, lo que ocurre cuando se agota la memoria.</translation>
  </message>
  <message>
   <source>The engine stopped unexpectedly.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>El motor se detuvo inesperadamente.</translation>
  </message>
  <message>
   <source>It is started again.</source>
   <extracomment>engine_errors.py</extracomment>
   <translation>Se está iniciando de nuevo.</translation>
  </message>
  <message>
   <source>The disk is full; free some space and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>El disco está lleno; libere espacio y pulse Reparar.</translation>
  </message>
  <message>
   <source>This Python cannot make environments, because its part python3-venv is not installed; install it (on Debian and Ubuntu: sudo apt install python3-venv) or choose another Python.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Este Python no puede crear entornos porque no está instalado su componente python3-venv; instálelo (en Debian y Ubuntu: sudo apt install python3-venv) o elija otro Python.</translation>
  </message>
  <message>
   <source>The proxy server asks for a name and a password; enter them in Settings ▸ Options ▸ Network and try again.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>El servidor proxy pide un usuario y una contraseña; introdúzcalos en Configuración ▸ Opciones ▸ Red e inténtelo de nuevo.</translation>
  </message>
  <message>
   <source>The installer cannot use a SOCKS proxy; enter an HTTP one in Settings ▸ Options ▸ Network.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>El instalador no puede usar un proxy SOCKS; indique uno HTTP en Configuración ▸ Opciones ▸ Red.</translation>
  </message>
  <message>
   <source>The proxy server cannot be reached; check it in Settings ▸ Options ▸ Network and try again.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>No se puede acceder al servidor proxy; revíselo en Configuración ▸ Opciones ▸ Red e inténtelo de nuevo.</translation>
  </message>
  <message>
   <source>The connection is not trusted, because something on the way replaces its certificate; ask your administrator for pip's setting “cert”, or install from an offline wheel folder.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>La conexión no es de confianza porque algo en el camino sustituye su certificado; pida a su administrador el ajuste «cert» de pip o instale desde una carpeta de wheels sin conexión.</translation>
  </message>
  <message>
   <source>A downloaded package is damaged; press Repair to download it again.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Un paquete descargado está dañado; pulse Reparar para descargarlo de nuevo.</translation>
  </message>
  <message>
   <source>Windows refuses paths this long; let an administrator enable long paths, or choose an existing Python in a folder with a short name.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Windows rechaza rutas tan largas; pida a un administrador que habilite las rutas largas o elija un Python existente en una carpeta de nombre corto.</translation>
  </message>
  <message>
   <source>A file could not be written: a virus scanner or another program holds it, or the folder is protected; close other QGIS windows, allow the folder in the virus scanner, and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>No se pudo escribir un archivo: lo retiene un antivirus u otro programa, o la carpeta está protegida; cierre las demás ventanas de QGIS, permita la carpeta en el antivirus y pulse Reparar.</translation>
  </message>
  <message>
   <source>This Python is not supported by the engine's packages; choose Python 3.10 to 3.14, 64 bit.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Los paquetes del motor no admiten este Python; elija Python 3.10 a 3.14 de 64 bits.</translation>
  </message>
  <message>
   <source>The package server cannot be reached; check the network connection and the proxy in Settings ▸ Options ▸ Network, or install from an offline wheel folder.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>No se puede acceder al servidor de paquetes; revise la conexión de red y el proxy en Configuración ▸ Opciones ▸ Red, o instale desde una carpeta de wheels sin conexión.</translation>
  </message>
  <message>
   <source>The connection to the package server broke off; try again, what is downloaded is kept.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Se interrumpió la conexión con el servidor de paquetes; inténtelo de nuevo, lo descargado se conserva.</translation>
  </message>
  <message>
   <source>A package that the engine needs is not offered for this Python and system: {detail}. Choose another Python, or complete the offline wheel folder.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Un paquete que el motor necesita no se ofrece para este Python y sistema: {detail}. Elija otro Python o complete la carpeta de wheels sin conexión.</translation>
  </message>
  <message>
   <source>Packages contradict each other; press Repair, and report it when that does not help.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Hay paquetes incompatibles entre sí; pulse Reparar y, si no ayuda, notifíquelo.</translation>
  </message>
  <message>
   <source>There is not enough memory; close other programs and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>No hay memoria suficiente; cierre otros programas y pulse Reparar.</translation>
  </message>
  <message>
   <source>A system library is missing; install the “Microsoft Visual C++ Redistributable” (64 bit) and press Repair.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Falta una biblioteca del sistema; instale «Microsoft Visual C++ Redistributable» (64 bits) y pulse Reparar.</translation>
  </message>
  <message>
   <source>The engine's packages are not in this Python; choose another one, or let SARCLIP set it up.</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Los paquetes del motor no están en este Python; elija otro o deje que SARCLIP lo configure.</translation>
  </message>
  <message>
   <source>It stopped at “{title}”: {detail}</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Se detuvo en «{title}»: {detail}</translation>
  </message>
  <message>
   <source>no reason given</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>sin motivo indicado</translation>
  </message>
  <message>
   <source>Starting the engine</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>Iniciando el motor</translation>
  </message>
  <message>
   <source>The engine does not work: {reason}</source>
   <extracomment>engine_failures.py</extracomment>
   <translation>El motor no funciona: {reason}</translation>
  </message>
  <message>
   <source>Making the environment</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Creando el entorno</translation>
  </message>
  <message>
   <source>Updating pip</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Actualizando pip</translation>
  </message>
  <message>
   <source>Installing torch and the other packages</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Instalando torch y los demás paquetes</translation>
  </message>
  <message>
   <source>Installing torch</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Instalando torch</translation>
  </message>
  <message>
   <source>Installing the other packages</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Instalando los demás paquetes</translation>
  </message>
  <message>
   <source>Copying the engine</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Copiando el motor</translation>
  </message>
  <message>
   <source>Installing the engine</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Instalando el motor</translation>
  </message>
  <message>
   <source>Tidying up</source>
   <extracomment>engine_setup.py</extracomment>
   <translation>Limpiando</translation>
  </message>
  <message>
   <source>No polygon is selected: select some in a polygon layer, or choose another area.</source>
   <extracomment>gui/area.py</extracomment>
   <translation>No hay ningún polígono seleccionado: seleccione algunos en una capa de polígonos o elija otra zona.</translation>
  </message>
  <message>
   <source>Find Similar</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Buscar similares</translation>
  </message>
  <message>
   <source>Teach</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Enseñar</translation>
  </message>
  <message>
   <source>Set Up Engine…</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Configurar motor…</translation>
  </message>
  <message>
   <source>Status</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Estado</translation>
  </message>
  <message>
   <source>Click a place on the map, or drag a box, to see where the scene looks like it</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Haga clic en un lugar del mapa, o arrastre un recuadro, para ver dónde se le parece la escena</translation>
  </message>
  <message>
   <source>Mark tiles that are right and wrong, and see the labels improve</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Marque teselas correctas e incorrectas y vea cómo mejoran las etiquetas</translation>
  </message>
  <message>
   <source>Save tiles, objects, counts and styles in one file; heatmaps, similar places and taught prompts are not in it</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Guarda teselas, objetos, recuentos y estilos en un solo archivo; no incluye mapas de calor, lugares similares ni consultas enseñadas</translation>
  </message>
  <message>
   <source>Show As</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Mostrar como</translation>
  </message>
  <message>
   <source>Scene</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Escena</translation>
  </message>
  <message>
   <source>Prompts</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Consultas</translation>
  </message>
  <message>
   <source>Saving…</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Guardando…</translation>
  </message>
  <message>
   <source>Save to GeoPackage…</source>
   <extracomment>gui/body.py</extracomment>
   <translation>Guardar en GeoPackage…</translation>
  </message>
  <message>
   <source>Chip {} of {}</source>
   <extracomment>gui/chips_strip.py</extracomment>
   <translation>Muestra {} de {}</translation>
  </message>
  <message>
   <source>Tiles as the model sees them. Ships should be bright and calm water dark; else choose another scale.</source>
   <extracomment>gui/chips_strip.py</extracomment>
   <translation>Teselas tal como las ve el modelo. Los barcos deben verse claros y el agua en calma, oscura; si no, elija otra escala.</translation>
  </message>
  <message>
   <source>Prompt</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>Consulta</translation>
  </message>
  <message>
   <source>Count</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>Recuento</translation>
  </message>
  <message>
   <source>Range</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>Intervalo</translation>
  </message>
  <message>
   <source>Counts</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>Recuentos</translation>
  </message>
  <message>
   <source>Click a row, or press Enter, to see its points on the map</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>Haga clic en una fila, o pulse Intro, para ver sus puntos en el mapa</translation>
  </message>
  <message>
   <source>{} to {}</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>{} a {}</translation>
  </message>
  <message>
   <source>How sure the model is of what it sees; objects it cannot see, such as ships at a quay, are not in it</source>
   <extracomment>gui/counts_table.py</extracomment>
   <translation>Lo seguro que está el modelo de lo que ve; los objetos que no puede ver, como barcos atracados, no están incluidos</translation>
  </message>
  <message>
   <source>SARCLIP</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>SARCLIP</translation>
  </message>
  <message>
   <source>This layer is a result of SARCLIP: choose the scene itself.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Esta capa es un resultado de SARCLIP: elija la propia escena.</translation>
  </message>
  <message>
   <source>This layer is no file: it is copied to one when you press Encode.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Esta capa no es un archivo: se copiará a uno cuando pulse Codificar.</translation>
  </message>
  <message>
   <source>Options changed: press Encode.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Las opciones han cambiado: pulse Codificar.</translation>
  </message>
  <message>
   <source>Canceling…</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Cancelando…</translation>
  </message>
  <message>
   <source>The engine finds no NVIDIA graphics card that it can use, and computes on the processor: slowly.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>El motor no encuentra ninguna tarjeta gráfica NVIDIA que pueda usar y calcula en el procesador: despacio.</translation>
  </message>
  <message>
   <source>Engine {}, {}</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Motor {}, {}</translation>
  </message>
  <message numerus="yes">
   <source>Ready: %n tile(s) of {} px, on {}.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>
    <numerusform>Listo: %n tesela de {} px, en {}.</numerusform>
    <numerusform>Listo: %n teselas de {} px, en {}.</numerusform>
   </translation>
  </message>
  <message>
   <source>Press Encode first: the scene is read once, then every question is quick.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Pulse primero Codificar: la escena se lee una vez y después cada pregunta es rápida.</translation>
  </message>
  <message>
   <source>The engine is busy with something else; the answer follows.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>El motor está ocupado con otra cosa; la respuesta llegará después.</translation>
  </message>
  <message>
   <source>The model was not trained on these words.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>El modelo no se entrenó con estas palabras.</translation>
  </message>
  <message>
   <source>{} Near to it: {}.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>{} Parecidas: {}.</translation>
  </message>
  <message>
   <source>{}, taught</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>{}, enseñada</translation>
  </message>
  <message numerus="yes">
   <source>%n prompt(s) removed.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>
    <numerusform>%n consulta eliminada.</numerusform>
    <numerusform>%n consultas eliminadas.</numerusform>
   </translation>
  </message>
  <message>
   <source>Marks cleared.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>Marcas borradas.</translation>
  </message>
  <message>
   <source>Teach needs a scene that lies north up: warp it with QGIS first.</source>
   <extracomment>gui/pointing.py</extracomment>
   <translation>Enseñar necesita una escena orientada al norte: reproyéctela antes con QGIS.</translation>
  </message>
  <message>
   <source>similar places</source>
   <extracomment>gui/presenter.py</extracomment>
   <translation>lugares similares</translation>
  </message>
  <message>
   <source>Such as ships near harbor</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>En inglés, p. ej. ships near harbor</translation>
  </message>
  <message>
   <source>New prompt</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Consulta nueva</translation>
  </message>
  <message>
   <source>The map follows your typing; Enter adds the prompt to the list</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>El mapa sigue lo que escribe; Intro añade la consulta a la lista</translation>
  </message>
  <message>
   <source>Tick to show, Delete removes, F2 edits; double-click a color, or press C, to change it</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Marque para mostrar, Supr elimina, F2 edita; haga doble clic en un color, o pulse C, para cambiarlo</translation>
  </message>
  <message>
   <source>Background</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Fondo</translation>
  </message>
  <message>
   <source>One prompt a line; empty: as the model thinks</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Una consulta por línea; vacío: como crea el modelo</translation>
  </message>
  <message>
   <source>Background prompts</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Consultas de fondo</translation>
  </message>
  <message>
   <source>What else may be there. A prompt has to beat all of these to be shown.</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Qué más puede haber ahí. Una consulta debe superar a todas estas para mostrarse.</translation>
  </message>
  <message>
   <source>Color of the Prompt</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Color de la consulta</translation>
  </message>
  <message>
   <source>Learned from the tiles you marked</source>
   <extracomment>gui/prompt_list.py</extracomment>
   <translation>Aprendida de las teselas que marcó</translation>
  </message>
  <message>
   <source>There is nothing to save yet: type a prompt first; taught ones are not saved.</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>Aún no hay nada que guardar: escriba primero una consulta; las enseñadas no se guardan.</translation>
  </message>
  <message>
   <source>GeoPackage (*.gpkg)</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>GeoPackage (*.gpkg)</translation>
  </message>
  <message>
   <source>Save to GeoPackage</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>Guardar en GeoPackage</translation>
  </message>
  <message>
   <source>Saved to {}, but not how it looks: QGIS cannot write to the file.</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>Guardado en {}, pero sin su aspecto: QGIS no puede escribir en el archivo.</translation>
  </message>
  <message>
   <source>Saved to {}</source>
   <extracomment>gui/saving.py</extracomment>
   <translation>Guardado en {}</translation>
  </message>
  <message>
   <source>Choose a radar scene</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Elija una escena de radar</translation>
  </message>
  <message>
   <source>Scene layer</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Capa de la escena</translation>
  </message>
  <message>
   <source>The radar scene: a raster layer of the project</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>La escena de radar: una capa ráster del proyecto</translation>
  </message>
  <message>
   <source>Auto: {}</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Auto: {}</translation>
  </message>
  <message>
   <source>Read as {}, {:.1f} to {:.1f} {}: {}</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Leída como {}, de {:.1f} a {:.1f} {}: {}</translation>
  </message>
  <message>
   <source>The scene holds no valid pixel.</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>La escena no contiene ningún píxel válido.</translation>
  </message>
  <message>
   <source>Encoded</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Codificada</translation>
  </message>
  <message>
   <source>Encode</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Codificar</translation>
  </message>
  <message>
   <source>Options</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Opciones</translation>
  </message>
  <message>
   <source>Whole layer</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Toda la capa</translation>
  </message>
  <message>
   <source>Map view</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Vista del mapa</translation>
  </message>
  <message>
   <source>Selected polygons</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Polígonos seleccionados</translation>
  </message>
  <message>
   <source>Band</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Banda</translation>
  </message>
  <message>
   <source>Scale</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Escala</translation>
  </message>
  <message>
   <source>Area</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Zona</translation>
  </message>
  <message>
   <source>Tile size</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Tesela</translation>
  </message>
  <message>
   <source>Model</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Modelo</translation>
  </message>
  <message>
   <source>Careful: four readings</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Con cuidado: cuatro lecturas</translation>
  </message>
  <message>
   <source>Band or polarization that the model sees</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Banda o polarización que ve el modelo</translation>
  </message>
  <message>
   <source>What the numbers of the scene are</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Qué son los números de la escena</translation>
  </message>
  <message>
   <source>Part of the scene that is encoded</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Parte de la escena que se codifica</translation>
  </message>
  <message>
   <source>The model that is asked</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>El modelo al que se pregunta</translation>
  </message>
  <message>
   <source>Tile size in pixels</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Tamaño de tesela en píxeles</translation>
  </message>
  <message>
   <source>Side of a labeled tile; 0 leaves it to the model</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Lado de una tesela etiquetada; 0 lo deja al modelo</translation>
  </message>
  <message>
   <source>Tile size in meters</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Tamaño de tesela en metros</translation>
  </message>
  <message>
   <source>Side of a labeled tile on the ground</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Lado de una tesela etiquetada sobre el terreno</translation>
  </message>
  <message>
   <source>Reads every part four times, mirrored and resized: objects are found more surely, in five times the time; small scenes are always read so</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Lee cada parte cuatro veces, reflejada y con otros tamaños: los objetos se encuentran con más seguridad, en cinco veces el tiempo; las escenas pequeñas siempre se leen así</translation>
  </message>
  <message>
   <source> px</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation> px</translation>
  </message>
  <message>
   <source> m</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation> m</translation>
  </message>
  <message>
   <source>Auto (px)</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Auto (px)</translation>
  </message>
  <message>
   <source>Auto (m)</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Auto (m)</translation>
  </message>
  <message>
   <source>Read the scene once; every question after it is quick</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Lee la escena una vez; después cada pregunta es rápida</translation>
  </message>
  <message>
   <source>Cancel</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Cancelar</translation>
  </message>
  <message>
   <source>Stop; what is encoded is kept, and the next time goes on from there</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Detener; lo codificado se conserva y la próxima vez se continúa desde ahí</translation>
  </message>
  <message>
   <source>Encoding</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>Codificación</translation>
  </message>
  <message>
   <source>%p %, {} s left</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>%p %, {} s</translation>
  </message>
  <message>
   <source>%p %, {} min left</source>
   <extracomment>gui/scene_panel.py</extracomment>
   <translation>%p %, {} min</translation>
  </message>
  <message>
   <source>Set Up SARCLIP Engine</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Configurar el motor de SARCLIP</translation>
  </message>
  <message>
   <source>Make an environment for the engine (recommended)</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Crear un entorno para el motor (recomendado)</translation>
  </message>
  <message>
   <source>Use an existing Python that has the engine installed</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Usar un Python existente que tiene instalado el motor</translation>
  </message>
  <message>
   <source>Python interpreter</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Intérprete de Python</translation>
  </message>
  <message>
   <source>Keeps the engine's packages apart from QGIS's own Python</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Mantiene los paquetes del motor separados del Python de QGIS</translation>
  </message>
  <message>
   <source>For machines on which the engine was installed by hand</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Para equipos en los que el motor se instaló a mano</translation>
  </message>
  <message>
   <source>The program of that Python: python.exe, or bin/python of its environment</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>El programa de ese Python: python.exe, o bin/python de su entorno</translation>
  </message>
  <message>
   <source>Progress of the set-up</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Progreso de la configuración</translation>
  </message>
  <message>
   <source>Looking for Python…</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Buscando Python…</translation>
  </message>
  <message>
   <source>Automatic: an NVIDIA graphics card where there is one</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Automático: una tarjeta gráfica NVIDIA donde la haya</translation>
  </message>
  <message>
   <source>Processor only (smaller download)</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Solo el procesador (descarga menor)</translation>
  </message>
  <message>
   <source>NVIDIA graphics card (CUDA)</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Tarjeta gráfica NVIDIA (CUDA)</translation>
  </message>
  <message>
   <source>Offline wheel folder</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Carpeta de wheels sin conexión</translation>
  </message>
  <message>
   <source>Optional; without it packages are downloaded</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Opcional; sin ella se descargan los paquetes</translation>
  </message>
  <message>
   <source>What the environment is made with: Python 3.10 to 3.14, 64 bit</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Con qué se crea el entorno: Python 3.10 a 3.14, 64 bits</translation>
  </message>
  <message>
   <source>Which build of torch is installed</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Qué versión de torch se instala</translation>
  </message>
  <message>
   <source>A folder with all packages, for machines without network</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Una carpeta con todos los paquetes, para equipos sin red</translation>
  </message>
  <message>
   <source>Python</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Python</translation>
  </message>
  <message>
   <source>Compute on</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Calcular con</translation>
  </message>
  <message>
   <source>Folder of embeddings</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Carpeta de incrustaciones (embeddings)</translation>
  </message>
  <message>
   <source>Optional; your user's folder for caches otherwise</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Opcional; si no, la carpeta de cachés de su usuario</translation>
  </message>
  <message>
   <source>Where encoded scenes are kept; some need several hundred megabytes</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Dónde se guardan las escenas codificadas; algunas ocupan varios cientos de megabytes</translation>
  </message>
  <message>
   <source>This folder does not exist; the one before is used until you choose another.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Esta carpeta no existe; se usa la anterior hasta que elija otra.</translation>
  </message>
  <message>
   <source>Details</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Detalles</translation>
  </message>
  <message>
   <source>What the installer prints</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Lo que escribe el instalador</translation>
  </message>
  <message>
   <source>Copy Diagnostics</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Copiar diagnóstico</translation>
  </message>
  <message>
   <source>Copy a report for bug trackers; names and passwords are left out</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Copia un informe para notificar errores; se omiten nombres y contraseñas</translation>
  </message>
  <message>
   <source>Repair</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Reparar</translation>
  </message>
  <message>
   <source>Make the environment again; what was downloaded is used again</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Crea de nuevo el entorno; se reutiliza lo descargado</translation>
  </message>
  <message>
   <source>Set Up</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Configurar</translation>
  </message>
  <message>
   <source>No suitable Python found; install Python 3.10 to 3.14 from python.org</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>No se encontró un Python adecuado; instale Python 3.10 a 3.14 desde python.org</translation>
  </message>
  <message>
   <source>The engine is ready.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>El motor está listo.</translation>
  </message>
  <message>
   <source>SARCLIP's model runs in a Python environment of its own, so that QGIS's Python stays as it is. Make it once here; it lies in your user profile.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>El modelo de SARCLIP se ejecuta en un entorno de Python propio, de modo que el Python de QGIS queda como está. Créelo aquí una sola vez; reside en su perfil de usuario.</translation>
  </message>
  <message>
   <source>The set-up was not finished; press Repair.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>La configuración no se completó; pulse Reparar.</translation>
  </message>
  <message>
   <source>The plugin was updated; press Update to bring the engine along.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>El complemento se actualizó; pulse Actualizar para actualizar también el motor.</translation>
  </message>
  <message>
   <source>The engine's environment is gone; make it again.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>El entorno del motor ya no existe; créelo de nuevo.</translation>
  </message>
  <message>
   <source>Check and Use</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Comprobar y usar</translation>
  </message>
  <message>
   <source>Use</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Usar</translation>
  </message>
  <message>
   <source>Update</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Actualizar</translation>
  </message>
  <message>
   <source>Nothing is downloaded; about {disk:.1f} GB on disk, {free:.0f} GB are free.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>No se descarga nada; unos {disk:.1f} GB en disco, hay {free:.0f} GB libres.</translation>
  </message>
  <message>
   <source>About {download:.1f} GB to download, {disk:.1f} GB on disk; {free:.0f} GB are free.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Unos {download:.1f} GB de descarga, {disk:.1f} GB en disco; hay {free:.0f} GB libres.</translation>
  </message>
  <message>
   <source>The engine could not be set up.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>No se pudo configurar el motor.</translation>
  </message>
  <message>
   <source>Cancelled; what was downloaded is kept.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>Cancelado; lo descargado se conserva.</translation>
  </message>
  <message>
   <source>The report is in the clipboard.</source>
   <extracomment>gui/setup_dialog.py</extracomment>
   <translation>El informe está en el portapapeles.</translation>
  </message>
  <message>
   <source>Name of the taught prompt</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Nombre de la consulta enseñada</translation>
  </message>
  <message>
   <source>Keep</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Conservar</translation>
  </message>
  <message>
   <source>Clear</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Borrar</translation>
  </message>
  <message>
   <source>Done</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Hecho</translation>
  </message>
  <message>
   <source>Keep the taught prompt in the list, under this name</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Conserva la consulta enseñada en la lista, con este nombre</translation>
  </message>
  <message>
   <source>Take all marks away</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Quita todas las marcas</translation>
  </message>
  <message>
   <source>Stop teaching</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Dejar de enseñar</translation>
  </message>
  <message>
   <source>taught</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>enseñada</translation>
  </message>
  <message>
   <source>Click tiles that are right; Shift+click or right-click tiles that are wrong.</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Haga clic en las teselas correctas; Mayús+clic o clic derecho en las incorrectas.</translation>
  </message>
  <message>
   <source>{} right, {} wrong: mark at least one of each.</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Correctas: {}, incorrectas: {}. Marque al menos una de cada.</translation>
  </message>
  <message>
   <source>{} right, {} wrong. More marks make it better.</source>
   <extracomment>gui/teach_panel.py</extracomment>
   <translation>Correctas: {}, incorrectas: {}. Con más marcas mejora.</translation>
  </message>
  <message>
   <source>Undo</source>
   <extracomment>gui/undoing.py</extracomment>
   <translation>Deshacer</translation>
  </message>
  <message>
   <source>Heatmap</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Calor</translation>
  </message>
  <message>
   <source>Where the prompts are true, place by place</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Dónde se cumplen las consultas, lugar por lugar</translation>
  </message>
  <message>
   <source>Tiles</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Teselas</translation>
  </message>
  <message>
   <source>Which prompt fits each tile best</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Qué consulta se ajusta mejor a cada tesela</translation>
  </message>
  <message>
   <source>Objects as points, and how many there are</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Objetos como puntos y cuántos hay</translation>
  </message>
  <message>
   <source>Threshold</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Umbral</translation>
  </message>
  <message>
   <source>Score from which places are shown</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Puntuación a partir de la cual se muestran los lugares</translation>
  </message>
  <message>
   <source>Opacity</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Opacidad</translation>
  </message>
  <message>
   <source>Opacity of the result layers</source>
   <extracomment>gui/view_panel.py</extracomment>
   <translation>Opacidad de las capas de resultados</translation>
  </message>
  <message>
   <source>SARCLIP: encode {}</source>
   <extracomment>gui/workbench.py</extracomment>
   <translation>SARCLIP: codificar {}</translation>
  </message>
  <message>
   <source>SARCLIP: save {}</source>
   <extracomment>gui/workbench.py</extracomment>
   <translation>SARCLIP: guardar {}</translation>
  </message>
  <message>
   <source>Copying the layer…</source>
   <extracomment>gui/workbench.py</extracomment>
   <translation>Copiando la capa…</translation>
  </message>
  <message>
   <source>Ending the engine…</source>
   <extracomment>installer.py</extracomment>
   <translation>Finalizando el motor…</translation>
  </message>
  <message>
   <source>{program} cannot be started; choose another Python.</source>
   <extracomment>installer.py</extracomment>
   <translation>No se puede iniciar {program}; elija otro Python.</translation>
  </message>
  <message>
   <source>Possible ({:.2f})</source>
   <extracomment>layers/heat.py</extracomment>
   <translation>Posible ({:.2f})</translation>
  </message>
  <message>
   <source>Surest ({:.2f} and more)</source>
   <extracomment>layers/heat.py</extracomment>
   <translation>Más seguro ({:.2f} o más)</translation>
  </message>
  <message>
   <source>Made by SARCLIP, a model that asks radar scenes in words.</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>Creado por SARCLIP, un modelo que consulta escenas de radar con palabras.</translation>
  </message>
  <message>
   <source>Readings of every part</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>Lecturas de cada parte</translation>
  </message>
  <message>
   <source>Folder of the embedding</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>Carpeta de la incrustación (embedding)</translation>
  </message>
  <message>
   <source>Engine</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>Motor</translation>
  </message>
  <message>
   <source>Date</source>
   <extracomment>layers/provenance.py</extracomment>
   <translation>Fecha</translation>
  </message>
  <message>
   <source>Similar places</source>
   <extracomment>layers/results.py</extracomment>
   <translation>Lugares similares</translation>
  </message>
  <message>
   <source>Heatmap: {}</source>
   <extracomment>layers/results.py</extracomment>
   <translation>Mapa de calor: {}</translation>
  </message>
  <message>
   <source>Tiles: {}</source>
   <extracomment>layers/results.py</extracomment>
   <translation>Teselas: {}</translation>
  </message>
  <message>
   <source>Objects</source>
   <extracomment>layers/results.py</extracomment>
   <translation>Objetos</translation>
  </message>
  <message>
   <source>SARCLIP: {}</source>
   <extracomment>layers/results.py</extracomment>
   <translation>SARCLIP: {}</translation>
  </message>
  <message>
   <source>{}, as seen</source>
   <extracomment>layers/saved.py</extracomment>
   <translation>{}, como se veía</translation>
  </message>
  <message>
   <source>As it was seen</source>
   <extracomment>layers/saved.py</extracomment>
   <translation>Tal como se veía</translation>
  </message>
  <message>
   <source>Layer '{}' is broken: repair its data source first.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>La capa «{}» está dañada: repare primero su origen de datos.</translation>
  </message>
  <message>
   <source>Layer '{}' is a rendered picture from a map service: it holds colors, not backscatter. Use the file, or a coverage service (WCS).</source>
   <extracomment>layers/source.py</extracomment>
   <translation>La capa «{}» es una imagen renderizada de un servicio de mapas: contiene colores, no retrodispersión. Use el archivo o un servicio de coberturas (WCS).</translation>
  </message>
  <message>
   <source>Layer '{}' has no pixel size, or too many pixels to copy: save a part of it to a file.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>La capa «{}» no tiene tamaño de píxel o tiene demasiados píxeles para copiarla: guarde una parte en un archivo.</translation>
  </message>
  <message>
   <source>Layer '{}' cannot be read.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>No se puede leer la capa «{}».</translation>
  </message>
  <message>
   <source>Cancelled while layer '{}' was copied.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>Cancelado mientras se copiaba la capa «{}».</translation>
  </message>
  <message>
   <source>Layer '{}' cannot be copied to {}: check the room on the disk and the connection.</source>
   <extracomment>layers/source.py</extracomment>
   <translation>No se puede copiar la capa «{}» a {}: compruebe el espacio en disco y la conexión.</translation>
  </message>
  <message>
   <source>Unpacking; this takes some minutes</source>
   <extracomment>pip_progress.py</extracomment>
   <translation>Desempaquetando; tarda unos minutos</translation>
  </message>
  <message>
   <source>Downloading {package} ({size:.0f} MB)</source>
   <extracomment>pip_progress.py</extracomment>
   <translation>Descargando {package} ({size:.0f} MB)</translation>
  </message>
  <message>
   <source>SARCLIP Panel</source>
   <extracomment>plugin.py</extracomment>
   <translation>Panel de SARCLIP</translation>
  </message>
  <message>
   <source>Ask a radar scene in words</source>
   <extracomment>plugin.py</extracomment>
   <translation>Consultar una escena de radar con palabras</translation>
  </message>
  <message>
   <source>Help</source>
   <extracomment>plugin.py</extracomment>
   <translation>Ayuda</translation>
  </message>
  <message>
   <source>index.html</source>
   <extracomment>plugin.py</extracomment>
   <translation>index_es.html</translation>
  </message>
  <message>
   <source>Cancelled; what is encoded is kept.</source>
   <extracomment>processing/base.py</extracomment>
   <translation>Cancelado; lo codificado se conserva.</translation>
  </message>
  <message>
   <source>Count objects</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Contar objetos</translation>
  </message>
  <message>
   <source>Counts objects in a radar scene, one point each, with a range that says how sure the model is of what it sees; objects it cannot see, such as ships at a quay, are not in it. Encodes the scene first where that was not done.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Cuenta objetos en una escena de radar, un punto por cada uno, con un intervalo que dice lo seguro que está el modelo de lo que ve; los objetos que no puede ver, como barcos atracados, no están incluidos. Codifica antes la escena si aún no se ha hecho.</translation>
  </message>
  <message>
   <source>Probability from which an object counts, from 0 to 1.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Probabilidad a partir de la cual cuenta un objeto, de 0 a 1.</translation>
  </message>
  <message>
   <source>Least distance in meters</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Distancia mínima en metros</translation>
  </message>
  <message>
   <source>Two objects of one prompt that are nearer than this are one; empty for nine pixels.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Dos objetos de una consulta más cercanos que esto son uno solo; vacío: nueve píxeles.</translation>
  </message>
  <message>
   <source>A GeoPackage of points; the tiles they lie in, a summary and the run are inside, too. A file that is there already is replaced.</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Un GeoPackage de puntos; contiene además las teselas en que se encuentran, un resumen y los datos de la ejecución. Si el archivo ya existe, se reemplaza.</translation>
  </message>
  <message>
   <source>Number of objects, all prompts together</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Número de objetos de todas las consultas</translation>
  </message>
  <message>
   <source>Lower end of the range</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Extremo inferior del intervalo</translation>
  </message>
  <message>
   <source>Upper end of the range</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Extremo superior del intervalo</translation>
  </message>
  <message>
   <source>Count and range per prompt, as JSON</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>Recuento e intervalo por consulta, en JSON</translation>
  </message>
  <message>
   <source>{}: {count} (between {low} and {high})</source>
   <extracomment>processing/countobjects.py</extracomment>
   <translation>{}: {count} (entre {low} y {high})</translation>
  </message>
  <message>
   <source>Encode scene</source>
   <extracomment>processing/encodescene.py</extracomment>
   <translation>Codificar escena</translation>
  </message>
  <message>
   <source>Reads a radar scene once and keeps what the model sees in it. Every question about the scene is quick afterwards. What is encoded is never encoded again, and a run that was stopped goes on where it was.</source>
   <extracomment>processing/encodescene.py</extracomment>
   <translation>Lee una escena de radar una vez y guarda lo que el modelo ve en ella. Después, cada pregunta sobre la escena es rápida. Lo codificado nunca se vuelve a codificar, y una ejecución detenida continúa donde estaba.</translation>
  </message>
  <message>
   <source>Number of tiles</source>
   <extracomment>processing/encodescene.py</extracomment>
   <translation>Número de teselas</translation>
  </message>
  <message>
   <source>Engine status</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>Estado del motor</translation>
  </message>
  <message>
   <source>Starts the engine where it does not run, and says its version, its device and its models.</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>Inicia el motor si no está en ejecución e indica su versión, su dispositivo y sus modelos.</translation>
  </message>
  <message>
   <source>Version</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>Versión</translation>
  </message>
  <message>
   <source>Device</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>Dispositivo</translation>
  </message>
  <message>
   <source>Models</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>Modelos</translation>
  </message>
  <message>
   <source>Engine {} on {} ({}), models: {}</source>
   <extracomment>processing/enginestatus.py</extracomment>
   <translation>Motor {} en {} ({}), modelos: {}</translation>
  </message>
  <message>
   <source>Few-shot labels</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Etiquetas con pocos ejemplos</translation>
  </message>
  <message>
   <source>Learns labels from a few points and labels every tile of a radar scene with them. Each point stands for the tile it lies in. Encodes the scene first where that was not done.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Aprende etiquetas de unos pocos puntos y etiqueta con ellas cada tesela de una escena de radar. Cada punto representa la tesela en que se encuentra. Codifica antes la escena si aún no se ha hecho.</translation>
  </message>
  <message>
   <source>Examples</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Ejemplos</translation>
  </message>
  <message>
   <source>Points on the scene, at least one for each of two labels; points without a label are left out.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Puntos sobre la escena, al menos uno para cada una de dos etiquetas; los puntos sin etiqueta se omiten.</translation>
  </message>
  <message>
   <source>Label field</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Campo de etiqueta</translation>
  </message>
  <message>
   <source>The field of the examples that holds the label.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>El campo de los ejemplos que contiene la etiqueta.</translation>
  </message>
  <message>
   <source>Number of tiles per label, as JSON</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Número de teselas por etiqueta, en JSON</translation>
  </message>
  <message>
   <source>Examples need a scene that lies north up: warp it with QGIS first.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Los ejemplos necesitan una escena orientada al norte: reproyéctela antes con QGIS.</translation>
  </message>
  <message>
   <source>An example has no place in the system of the scene.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>Un ejemplo no tiene posición en el sistema de referencia de la escena.</translation>
  </message>
  <message>
   <source>Example {} lies outside the scene.</source>
   <extracomment>processing/fewshotlabels.py</extracomment>
   <translation>El ejemplo {} está fuera de la escena.</translation>
  </message>
  <message>
   <source>Find similar places</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Buscar lugares similares</translation>
  </message>
  <message>
   <source>Scores every place of a radar scene by its likeness to a place in it: 1 is the place itself, 0 the usual. Encodes the scene first where that was not done.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Puntúa cada lugar de una escena de radar por su semejanza con un lugar de ella: 1 es el propio lugar, 0 lo habitual. Codifica antes la escena si aún no se ha hecho.</translation>
  </message>
  <message>
   <source>Place</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Lugar</translation>
  </message>
  <message>
   <source>A point that shows what to look for.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Un punto que muestra lo que se busca.</translation>
  </message>
  <message>
   <source>Box</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Recuadro</translation>
  </message>
  <message>
   <source>A box that shows what to look for; goes before the point.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Un recuadro que muestra lo que se busca; tiene prioridad sobre el punto.</translation>
  </message>
  <message>
   <source>Likeness</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Semejanza</translation>
  </message>
  <message>
   <source>A Cloud-Optimized GeoTIFF. A file that is there already is replaced.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>Un GeoTIFF optimizado para la nube (COG). Si el archivo ya existe, se reemplaza.</translation>
  </message>
  <message>
   <source>No place is given: give a point or a box.</source>
   <extracomment>processing/findsimilar.py</extracomment>
   <translation>No se indicó ningún lugar: indique un punto o un recuadro.</translation>
  </message>
  <message>
   <source>Label tiles</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>Etiquetar teselas</translation>
  </message>
  <message>
   <source>Labels each tile of a radar scene with the prompt that fits it best. A tile that fits the background better has no label. Encodes the scene first where that was not done.</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>Etiqueta cada tesela de una escena de radar con la consulta que mejor se le ajusta. Una tesela que se ajusta mejor al fondo no lleva etiqueta. Codifica antes la escena si aún no se ha hecho.</translation>
  </message>
  <message>
   <source>Number of tiles per prompt, as JSON</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>Número de teselas por consulta, en JSON</translation>
  </message>
  <message numerus="yes">
   <source>{}: %n tile(s)</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>
    <numerusform>{}: %n tesela</numerusform>
    <numerusform>{}: %n teselas</numerusform>
   </translation>
  </message>
  <message>
   <source>What to look for, in plain English, such as "ships near harbor". Several prompts are parted by semicolons or new lines.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Lo que se busca, en inglés corriente, como "ships near harbor". Varias consultas se separan con punto y coma o con saltos de línea.</translation>
  </message>
  <message>
   <source>A GeoPackage of labeled tiles, with their scores, a summary and the run inside. A file that is there already is replaced.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Un GeoPackage de teselas etiquetadas, con sus puntuaciones, un resumen y los datos de la ejecución. Si el archivo ya existe, se reemplaza.</translation>
  </message>
  <message>
   <source>A radar scene: backscatter, not a picture of it.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Una escena de radar: retrodispersión, no una imagen renderizada de ella.</translation>
  </message>
  <message>
   <source>Band that the model sees; the first by default.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Banda que ve el modelo; por omisión, la primera.</translation>
  </message>
  <message>
   <source>What the numbers are: decibels, power, amplitude or 8-bit; auto says in the log what it found.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Qué son los números: decibelios, potencia, amplitud u 8 bits; auto dice en el registro lo que encontró.</translation>
  </message>
  <message>
   <source>Side of a tile, in pixels; a multiple of 8. Empty leaves it to the model.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Lado de una tesela, en píxeles; múltiplo de 8. Vacío lo deja al modelo.</translation>
  </message>
  <message>
   <source>Side of a tile on the ground, instead of its side in pixels.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Lado de una tesela sobre el terreno, en lugar de su lado en píxeles.</translation>
  </message>
  <message>
   <source>Reads every part four times, mirrored and resized: objects are found more surely, in five times the time; small scenes are always read so.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Lee cada parte cuatro veces, reflejada y con otros tamaños: los objetos se encuentran con más seguridad, en cinco veces el tiempo; las escenas pequeñas siempre se leen así.</translation>
  </message>
  <message>
   <source>Name of a model of the engine; empty for the default.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Nombre de un modelo del motor; vacío para el predeterminado.</translation>
  </message>
  <message>
   <source>Extent</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Extensión</translation>
  </message>
  <message>
   <source>Only this part of the scene is encoded and asked.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Solo se codifica y consulta esta parte de la escena.</translation>
  </message>
  <message>
   <source>Area of interest</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Área de interés</translation>
  </message>
  <message>
   <source>Only tiles whose center lies in these polygons are asked; goes before the extent.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Solo se consultan las teselas cuyo centro está dentro de estos polígonos; tiene prioridad sobre la extensión.</translation>
  </message>
  <message>
   <source>What else may be there, parted as the prompts; empty for the model's own list.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Qué más puede haber ahí, separado como las consultas; vacío para la lista propia del modelo.</translation>
  </message>
  <message>
   <source>Scale {}, {:.2f} to {:.2f} {}: {}</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>Escala {}, de {:.2f} a {:.2f} {}: {}</translation>
  </message>
  <message>
   <source>Layer '{}' is no file; it is copied to one first.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>La capa «{}» no es un archivo; primero se copia a uno.</translation>
  </message>
  <message>
   <source>The area of interest holds no polygon.</source>
   <extracomment>processing/scene.py</extracomment>
   <translation>El área de interés no contiene ningún polígono.</translation>
  </message>
  <message>
   <source>Similarity heatmap</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>Mapa de calor de similitud</translation>
  </message>
  <message>
   <source>Scores every place of a radar scene for each prompt, from 0 to 1: how much the prompt beats its background. One band per prompt. Encodes the scene first where that was not done.</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>Puntúa cada lugar de una escena de radar para cada consulta, de 0 a 1: cuánto supera la consulta a su fondo. Una banda por consulta. Codifica antes la escena si aún no se ha hecho.</translation>
  </message>
  <message>
   <source>A Cloud-Optimized GeoTIFF with one band per prompt; each is shown as a layer. A file that is there already is replaced.</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>Un GeoTIFF optimizado para la nube (COG) con una banda por consulta; cada una se muestra como capa. Si el archivo ya existe, se reemplaza.</translation>
  </message>
  <message>
   <source>Score from which a prompt is true</source>
   <extracomment>processing/similarityheatmap.py</extracomment>
   <translation>Puntuación a partir de la cual se cumple una consulta</translation>
  </message>
  <message>
   <source>does not run as a Python</source>
   <extracomment>python_finder.py</extracomment>
   <translation>no funciona como Python</translation>
  </message>
  <message>
   <source>Python {0} to {1} is needed</source>
   <extracomment>python_finder.py</extracomment>
   <translation>se necesita Python {0} a {1}</translation>
  </message>
  <message>
   <source>it is a 32 bit Python; 64 bit is needed</source>
   <extracomment>python_finder.py</extracomment>
   <translation>es un Python de 32 bits; se necesitan 64 bits</translation>
  </message>
  <message>
   <source>its part python3-venv is not installed</source>
   <extracomment>python_finder.py</extracomment>
   <translation>no está instalado su componente python3-venv</translation>
  </message>
  <message>
   <source>Auto</source>
   <extracomment>session.py</extracomment>
   <translation>Auto</translation>
  </message>
  <message>
   <source>decibels</source>
   <extracomment>session.py</extracomment>
   <translation>decibelios</translation>
  </message>
  <message>
   <source>power</source>
   <extracomment>session.py</extracomment>
   <translation>potencia</translation>
  </message>
  <message>
   <source>amplitude</source>
   <extracomment>session.py</extracomment>
   <translation>amplitud</translation>
  </message>
  <message>
   <source>8-bit</source>
   <extracomment>session.py</extracomment>
   <translation>8 bits</translation>
  </message>
  <message>
   <source>There is not enough room in {folder}: {missing} MB more are needed.</source>
   <extracomment>setup_run.py</extracomment>
   <translation>No hay espacio suficiente en {folder}: faltan {missing} MB.</translation>
  </message>
  <message>
   <source>The folder {folder} cannot be written: {reason}</source>
   <extracomment>setup_run.py</extracomment>
   <translation>No se puede escribir en la carpeta {folder}: {reason}</translation>
  </message>
 </context>
</TS>
