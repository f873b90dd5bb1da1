"""Files that mean harm, or are broken, each with a part of the sentence that refuses it."""

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
MODEL = (
    '<model xmlns="urn:netspec:model:1" format="1" contract="0" dtype="float32" name="network"'
    ' encoding="{encoding}">'
)
SPEC = '<spec><option name="input">{{"shape":[{size}]}}</option></spec>'
SHA = "0" * 64


def model(layers, spec="", encoding="decimal", size=1, head=HEAD, tail=""):
    """Put a model file together from its parts."""
    spec = spec or SPEC.format(size=size)
    return (
        f"{head}{MODEL.format(encoding=encoding)}\n{spec}\n<layers>{layers}</layers>{tail}"
        f'<digest sha256="{SHA}"/></model>'
    ).encode()


def dense(units, array="", options=""):
    return (
        f'<layer type="dense" name="d"><option name="units">{units}</option>'
        f'<option name="bias">false</option>{options}{array}</layer>'
    )


def array(shape="1 1", text="1", name="W", **attributes):
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<array name="{name}"{more} shape="{shape}" sha256="{SHA}">{text}</array>'


def billion_laughs():
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
    )
    return f"<!DOCTYPE model [{entities}]>"


LARGE = 1_000_000_000

HOSTILE = {
    "a document type": (
        model("", head=HEAD + "<!DOCTYPE model>\n"),
        "2:16: a document type (DOCTYPE) is not read",
    ),
    "an entity bomb": (
        model(dense(1, array(text="&l9;")), head=HEAD + billion_laughs()),
        "a document type (DOCTYPE) is not read",
    ),
    "an entity bomb in an attribute": (
        model(dense(1, array(shape="&l9;")), head=HEAD + billion_laughs()),
        "a document type (DOCTYPE) is not read",
    ),
    "an external entity": (
        model(
            dense(1, array(text="&x;")),
            head='<!DOCTYPE model [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        "a document type (DOCTYPE) is not read",
    ),
    "an external document type": (
        model("", head='<!DOCTYPE model SYSTEM "http://127.0.0.1:9/model.dtd">'),
        "a document type (DOCTYPE) is not read",
    ),
    "a parameter entity": (
        model("", head='<!DOCTYPE m [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]>'),
        "a document type (DOCTYPE) is not read",
    ),
    "an unknown entity": (model("&lol;"), "Entity 'lol' not defined"),
    "a processing instruction": (
        model("<?php echo 1?>"),
        "4:9: a processing instruction is not read",
    ),
    "a style sheet": (
        model("", head=HEAD + '<?xml-stylesheet href="http://127.0.0.1:9/"?>'),
        "a processing instruction is not read",
    ),
    "a matrix of 10^9 rows in three lines": (
        model(dense(LARGE, array(f"{LARGE} 1", "1 2 3"))),
        f'<array name="W">: wanted {LARGE} numbers, found 5 characters',
    ),
    "a matrix of 10^9 rows in base64": (
        model(dense(LARGE, array(f"{LARGE} 1", "AAAA")), encoding="base64"),
        "wanted 5333333336 characters of base64, found 4",
    ),
    "a matrix of 10^9 times 10^9": (
        model(dense(LARGE, array(f"{LARGE} {LARGE}", "1")), size=LARGE),
        f"wanted {LARGE**2} numbers, found 1 characters",
    ),
    "a matrix of 10^9 rows where the spec wants one": (
        model(dense(1, array(f"{LARGE} 1", "1"))),
        f"the spec wants the shape (1, 1), the file holds ({LARGE}, 1)",
    ),
    "10^9 units and no array": (model(dense(LARGE)), "wanted the array 'W', found none"),
    "10^9 gates": (
        model(
            f'<layer type="lstm" name="l"><option name="units">{LARGE}</option>'
            + array(f"{LARGE} 1", part="i")
            + "</layer>",
            '<spec><option name="input">{"features":1}</option></spec>',
        ),
        "wanted the array 'W/f', found none",
    ),
    "a size of a hundred digits": (
        model(dense(1, array("9" * 100))),
        "wanted a shape such as '10 30', found '999",
    ),
    "a negative size": (model(dense(1, array("-1 -1"))), "wanted a shape such as '10 30'"),
    "a shape in another script": (model(dense(1, array("١ ١"))), "wanted a shape such as"),
    "a number of a million digits": (
        model(dense(1, array(text="9" * 1_000_000))),
        "number 1 is '9999",
    ),
    "a number too few": (
        model(dense(2, array("2 1", "1   "))),
        '4:103: <array name="W">: wanted 2 numbers, found 1',
    ),
    "a number too many": (model(dense(1, array(text="1 2"))), "wanted 1 numbers, found more"),
    "no number": (model(dense(1, array(text="one"))), "number 1 is 'one', which is no float32"),
    "an array twice": (model(dense(1, array() + array())), '<array name="W">: is there twice'),
    "an array of another layer": (
        model(dense(1, array(name="U"))),
        '<array name="U">: is no array of <layer type="dense" name="d"> (known: W)',
    ),
    "a gate that a layer does not have": (
        model(dense(1, array(part="i"))),
        '<array name="W" part="i">: is no array of',
    ),
    "a missing array": (
        model(dense(1)),
        '<layer type="dense" name="d">: wanted the array \'W\', found none',
    ),
    "an option twice": (
        model(dense(1, options='<option name="units">1</option>')),
        '<option name="units">: is there twice',
    ),
    "an option that the layer does not have": (
        model(dense(1, options='<option name="unit">1</option>')),
        "4:103: layers.0.unit: ",
    ),
    "an option of the wrong kind": (model(dense('"ten"')), "4:38: layers.0.units: "),
    "a layer that nobody knows": (model('<layer type="ltsm" name="a"/>'), "did you mean 'lstm'"),
    "a name in an option": (
        model(dense(1, options='<option name="name">"e"</option>')),
        "is said in another place of the file",
    ),
    "layers in an option": (
        model("", '<spec><option name="layers">[]</option></spec>'),
        "is said in another place of the file",
    ),
    "3000 nested brackets": (
        model(dense("[" * 3000 + "]" * 3000)),
        '4:38: <option name="units">: wanted JSON, found brackets',
    ),
    "a million open brackets": (model(dense("[" * 1_000_000)), "wanted JSON, found brackets"),
    "mappings 3000 deep": (
        model(dense('{"a":' * 3000 + "1" + "}" * 3000)),
        "wanted JSON, found brackets",
    ),
    "an option that is no JSON": (model(dense("1,")), "wanted JSON, found '1,'"),
    "infinity in a spec": (model(dense("1e999")), "wanted a finite number, found 1e999"),
    "not a number in a spec": (model(dense("NaN")), "wanted a finite number, found NaN"),
    "a whole number of 5000 digits": (model(dense("1" * 5000)), "units"),
    "a key twice": (model(dense('{"a":1,"a":2}')), "wanted each key once"),
    "elements nested 3000 deep": (
        model("<layer>" * 3000 + "</layer>" * 3000),
        "<layer>: wanted the attribute 'type', found none",
    ),
    "layers in layers": (
        model('<layer type="a" name="a"><layer type="b" name="b"/></layer>'),
        '<layer type="b" name="b">: is not in the format inside <layer type="a" name="a">',
    ),
    "an element that is not in the format": (
        model("<lajer/>"),
        "<lajer>: is not in the format inside <layers>, did you mean 'layer'?",
    ),
    "an attribute that is not in the format": (
        model(dense(1, array(shap="1"))),
        "found the attribute 'shap', which is not in the format, did you mean 'shape'?",
    ),
    "text between elements": (
        model("hello"),
        "4:1: <layers>: wanted elements only, found the text 'hello'",
    ),
    "another order": (
        model("", '<layers></layers><spec></spec><layers><layer type="a" name="b"/></layers>'),
        '<model name="network">: wanted the elements metadata? spec layers',
    ),
    "another namespace": (
        model("").replace(b"urn:netspec:model:1", b"urn:somebody:else"),
        '2:1: wanted <model xmlns="urn:netspec:model:1"> at the top, found <model xmlns="urn:some',
    ),
    "another namespace inside": (
        model('<layer xmlns="urn:somebody:else"/>'),
        "<layer>: wanted the namespace 'urn:netspec:model:1', found 'urn:somebody:else'",
    ),
    "no namespace": (
        model("").replace(b' xmlns="urn:netspec:model:1"', b""),
        "at the top, found <model>",
    ),
    "a newer namespace": (
        model("").replace(b"model:1", b"model:2"),
        "wanted version 1 of the format, found version '2': a newer netspec wrote this file",
    ),
    "a newer format": (
        model("").replace(b'format="1"', b'format="12" novelty="yes"'),
        "wanted version 1 of the format, found version '12': a newer netspec wrote this file",
    ),
    "a newer contract": (
        model("").replace(b'contract="0"', b'contract="1"'),
        "wanted contract 0, found '1': a newer netspec wrote this file",
    ),
    "an encoding that nobody knows": (
        model("", encoding="base46"),
        "found the encoding 'base46', which is not in the format, did you mean 'base64'?",
    ),
    "an XML that is not ours": (
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        '1:1: wanted <model xmlns="urn:netspec:model:1"> at the top, found <svg xmlns="http:',
    ),
    "a file of TMVA": (b'<MethodSetup Method="DL::DNN"/>', "format='tmva'"),
    "an empty file": (b"", "1:1: wanted well-formed XML in UTF-8, found: Document is empty"),
    "no XML": (b"netspec: 1\n", "Start tag expected"),
    "zero bytes": (bytes(1000), "wanted well-formed XML"),
    "Latin-1": (
        model(dense(1)).replace(b'name="d"', b'name="\xe9"'),
        "4:35: wanted well-formed XML in UTF-8",
    ),
    "Latin-1 that says so": (
        model("").replace(b"UTF-8", b"ISO-8859-1"),
        "wanted UTF-8, found the encoding ISO-8859-1",
    ),
    "UTF-16": (model("").decode().encode("utf-16"), "wanted well-formed XML in UTF-8"),
    "UTF-7": (model("").replace(b"UTF-8", b"UTF-7"), "found the encoding UTF-7"),
    "a control character": (model(dense(1, array(text="\x01"))), "wanted well-formed XML"),
    "an attribute twice": (model('<layer type="a" type="b"/>'), "wanted well-formed XML"),
    "something after the end": (model("") + b"<model/>", "wanted well-formed XML"),
    "tags that cross": (model("<layer></layers>"), "wanted the attribute 'type', found none"),
}
