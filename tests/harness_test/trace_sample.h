// trace_sample.h: a small trace for the tests, in which a get misses a put that
// had been acknowledged too early.
#pragma once

namespace judge
{

const char kStaleGet[] =
    R"({"trace":1,"world":"isolated","test":"Register.Sees","seed":"0x2a","case":3,)"
    R"("program":"register","nodes":[1,2],"n":2,"r":1,"w":2,"page":"lab2.html#b"}
{"i":0,"t":0,"e":"open","n":1,"code":0}
{"i":1,"t":0,"e":"open","n":2,"code":0}
{"i":2,"t":1000,"e":"invoke","op":0,"client":0,"n":1,"do":"put","key":"x","value":"b"}
{"i":3,"t":1000,"e":"request","n":1,"op":0,"request":1}
{"i":4,"t":1000,"e":"put","n":1,"key":"kx","value":"\\x00\\x00\\x00\\x01b"}
{"i":5,"t":1000,"e":"sync","n":1}
{"i":6,"t":1000,"e":"send","n":1,"to":2,"m":1,"kind":"store","operation":1,"key":"x","version":"1.1","value":"b"}
{"i":7,"t":1000,"e":"copy","m":2,"of":1}
{"i":8,"t":1000,"e":"lose","m":1,"why":"loss"}
{"i":9,"t":1000,"e":"timer","n":1,"timer":1,"after_ms":50,"kind":1,"arg":1}
{"i":10,"t":1000,"e":"send","n":1,"to":1,"m":3,"kind":"store","operation":1,"key":"x","version":"1.1","value":"b"}
{"i":11,"t":1100,"e":"recv","n":1,"from":1,"m":3}
{"i":12,"t":1100,"e":"send","n":1,"to":1,"m":4,"kind":"stored","operation":1,"key":"x","version":"1.1"}
{"i":13,"t":1200,"e":"recv","n":1,"from":1,"m":4}
{"i":14,"t":1200,"e":"reply","n":1,"op":0,"request":1,"code":0,"values":[]}
{"i":15,"t":1200,"e":"return","op":0,"client":0,"code":0,"values":[]}
{"i":16,"t":1300,"e":"crash","n":1,"lost":0}
{"i":17,"t":2000,"e":"invoke","op":1,"client":1,"n":2,"do":"get","key":"x"}
{"i":18,"t":2000,"e":"request","n":2,"op":1,"request":2}
{"i":19,"t":2000,"e":"send","n":2,"to":2,"m":5,"kind":"read?","operation":1,"key":"x"}
{"i":20,"t":2100,"e":"recv","n":2,"from":2,"m":5}
{"i":21,"t":2100,"e":"send","n":2,"to":2,"m":6,"kind":"value","operation":1,"key":"x"}
{"i":22,"t":2200,"e":"recv","n":2,"from":2,"m":6}
{"i":23,"t":2200,"e":"reply","n":2,"op":1,"request":2,"code":0,"values":[]}
{"i":24,"t":2200,"e":"return","op":1,"client":1,"code":0,"values":[]}
{"i":25,"t":2200,"e":"violation","rule":"Register.Sees","text":"get x (op 1) found nothing.","ops":[0,1],"n":2}
{"i":26,"t":2500,"e":"recv","n":2,"from":1,"m":2}
{"i":27,"t":2500,"e":"note","n":2,"text":"too late"}
)";

} // namespace judge
