<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
 <context>
  <name>Sarclip</name>
  <message numerus="yes">
   <source>Ready: %n tile(s) of {} px, on {}.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>
    <numerusform>Ready: %n tile of {} px, on {}.</numerusform>
    <numerusform>Ready: %n tiles of {} px, on {}.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>%n prompt(s) removed.</source>
   <extracomment>gui/dock.py</extracomment>
   <translation>
    <numerusform>%n prompt removed.</numerusform>
    <numerusform>%n prompts removed.</numerusform>
   </translation>
  </message>
  <message numerus="yes">
   <source>{}: %n tile(s)</source>
   <extracomment>processing/labeltiles.py</extracomment>
   <translation>
    <numerusform>{}: %n tile</numerusform>
    <numerusform>{}: %n tiles</numerusform>
   </translation>
  </message>
 </context>
</TS>
