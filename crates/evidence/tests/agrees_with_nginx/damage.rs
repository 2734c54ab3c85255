//! Files of certificates and keys, whole and damaged.

use fastrand::Rng;

use crate::made::Made;

/// The files of one server.
pub(crate) struct Input {
    /// What it shows, or which seed made it.
    pub(crate) name: String,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
    /// The file of `ssl_client_certificate`, if there is one.
    pub(crate) authorities: Option<Vec<u8>>,
}

/// Files as people have them.
pub(crate) fn by_hand(made: &Made) -> Vec<Input> {
    let Made { leaf, intermediate, root, key, sec1_key, .. } = made;
    let chain = format!("{leaf}{intermediate}");
    let certificates: Vec<(&str, Vec<u8>)> = vec![
        ("a leaf", leaf.clone().into()),
        ("a chain", chain.clone().into()),
        ("a chain with its root", format!("{chain}{root}").into()),
        ("a chain in reverse", format!("{intermediate}{leaf}").into()),
        ("key and chain in one file", format!("{key}{chain}").into()),
        ("chain and key in one file", format!("{chain}{key}").into()),
        (
            "text around",
            format!("Bag Attributes\n    friendlyName: x\n{leaf}\ntext\n{intermediate}\n").into(),
        ),
        ("carriage returns", chain.replace('\n', "\r\n").into()),
        ("carriage returns alone", chain.replace('\n', "\r").into()),
        ("a byte-order mark", format!("\u{feff}{chain}").into()),
        ("a byte-order mark in the middle", format!("{leaf}\u{feff}{intermediate}").into()),
        ("two byte-order marks", format!("\u{feff}{leaf}\u{feff}{intermediate}").into()),
        ("no last newline", chain.trim_end().into()),
        ("glued", format!("{}{intermediate}", leaf.trim_end()).into()),
        ("empty", Vec::new()),
        ("white space", b"\n  \n".to_vec()),
        ("DER", made.certificate_der.clone()),
        ("PKCS #7", made.pkcs7.clone().into()),
        ("PKCS #12", made.pkcs12.clone()),
        ("a request", made.request.clone().into()),
        ("a key", key.clone().into()),
        ("with a trust setting", made.trusted.clone().into()),
        ("with a trust setting, and its chain", format!("{}{intermediate}", made.trusted).into()),
        ("a second with a trust setting", format!("{leaf}{}", made.trusted).into()),
        ("an old label", leaf.replace(" CERTIFICATE", " X509 CERTIFICATE").into()),
        ("a label in lower case", leaf.replace("CERTIFICATE", "certificate").into()),
        ("four dashes", leaf.replace("-----", "----").into()),
        ("six dashes", leaf.replace("-----", "------").into()),
        ("long dashes", leaf.replace("-----", "\u{2014}\u{2014}").into()),
        ("indented", indented(&chain).into()),
        ("lines end in blanks", chain.replace('\n', "  \n").into()),
        ("lines end in no-break spaces", chain.replace('\n', "\u{a0}\n").into()),
        ("no body", b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_vec()),
        ("one line", in_one_line(leaf).into()),
        ("cut off", leaf[..leaf.len() / 2].into()),
        ("the second cut off", chain[..leaf.len() + 300].into()),
        ("no end", leaf[..leaf.len() - 27].into()),
        ("UTF-16", chain.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("base64 alone", in_one_line(leaf).lines().nth(1).unwrap_or_default().into()),
        ("a comment", format!("# the site\n{chain}# the end").into()),
        ("a damaged key before it", format!("{}{chain}", spoilt(key)).into()),
        ("an empty line after the label", leaf.replacen("-\n", "-\n\n", 1).into()),
        ("an empty line before the end", leaf.replace("\n-----END", "\n\n-----END").into()),
        ("curve parameters before it", format!("{}{chain}", made.ec_parameters).into()),
        ("a certificate that is a request", made.request.replace(" REQUEST", "").into()),
        ("a certificate that is a key", key.replace("PRIVATE KEY", "CERTIFICATE").into()),
        ("nothing but a name", b"example.com\n".to_vec()),
    ];
    let keys: Vec<(&str, &str, Vec<u8>)> = vec![
        ("a key in SEC 1", leaf, sec1_key.clone().into()),
        (
            "curve parameters before the key",
            leaf,
            format!("{}{sec1_key}", made.ec_parameters).into(),
        ),
        ("an RSA key", &made.rsa_leaf, made.rsa_key.clone().into()),
        ("an RSA key in PKCS #1", &made.rsa_leaf, made.pkcs1_key.clone().into()),
        ("an Ed25519 key", &made.ed25519_leaf, made.ed25519_key.clone().into()),
        ("an encrypted key", leaf, made.encrypted_key.clone().into()),
        ("a key in DER", leaf, made.key_der.clone()),
        ("a certificate for a key", leaf, leaf.clone().into()),
        ("a chain and then a key", leaf, format!("{chain}{key}").into()),
        ("another key first", leaf, format!("{}{key}", made.rsa_key).into()),
        ("a key with carriage returns", leaf, key.replace('\n', "\r\n").into()),
        ("a key with a byte-order mark", leaf, format!("\u{feff}{key}").into()),
        ("a key in one line", leaf, in_one_line(key).into()),
        ("an indented key", leaf, indented(key).into()),
        ("an empty key", leaf, Vec::new()),
        ("a key in PKCS #12", leaf, made.pkcs12.clone()),
        (
            "PKCS #8 with the label of PKCS #1",
            &made.rsa_leaf,
            made.rsa_key.replace(" PRIVATE", " RSA PRIVATE").into(),
        ),
        (
            "PKCS #1 with the label of PKCS #8",
            &made.rsa_leaf,
            made.pkcs1_key.replace(" RSA", "").into(),
        ),
        ("a key with the label of another kind", leaf, sec1_key.replace(" EC", " RSA").into()),
        ("a key of OpenSSH", leaf, key.replace(" PRIVATE", " OPENSSH PRIVATE").into()),
        ("a certificate cut off before the key", leaf, format!("{}\n{key}", &leaf[..200]).into()),
        ("a certificate glued to the key", leaf, format!("{}{key}", leaf.trim_end()).into()),
        (
            "certificates glued before the key",
            leaf,
            format!("{}{intermediate}{key}", leaf.trim_end()).into(),
        ),
        ("a damaged certificate before the key", leaf, format!("{}{key}", spoilt(leaf)).into()),
    ];
    let authorities: Vec<(&str, Vec<u8>)> = vec![
        ("authorities", root.clone().into()),
        ("two authorities", format!("{intermediate}{root}").into()),
        ("no authorities", Vec::new()),
        ("authorities that are a key", key.clone().into()),
        ("authorities glued", format!("{}{root}", intermediate.trim_end()).into()),
        ("the second authority cut off", format!("{intermediate}{}", &root[..200]).into()),
        ("authorities with text around", format!("text\n{root}text\n").into()),
        ("authorities in DER", made.certificate_der.clone()),
        ("authorities with a trust setting", made.trusted.clone().into()),
        ("authorities with a key before them", format!("{key}{root}").into()),
    ];
    let pair = |name: &str, certificate, key, authorities| Input {
        name: name.to_owned(),
        certificate,
        key,
        authorities,
    };
    let certificates = certificates.into_iter().map(|(name, certificate)| {
        // The first certificate has to belong to the key.
        pair(name, certificate, key.clone().into(), None)
    });
    let keys = keys.into_iter().map(|(name, leaf, key)| pair(name, leaf.into(), key, None));
    let authorities = authorities.into_iter().map(|(name, authorities)| {
        pair(name, leaf.clone().into(), key.clone().into(), Some(authorities))
    });
    certificates.chain(keys).chain(authorities).collect()
}

/// Files that are damaged once or twice, or not at all.
pub(crate) fn seeded(made: &Made, seed: u64) -> Input {
    let mut random = Rng::with_seed(seed);
    let (leaf, key) = match random.u8(0..4) {
        0 => (&made.rsa_leaf, [&made.rsa_key, &made.pkcs1_key][random.usize(0..2)]),
        1 => (&made.ed25519_leaf, &made.ed25519_key),
        _ => (&made.leaf, [&made.key, &made.sec1_key][random.usize(0..2)]),
    };
    let mut certificate = leaf.clone();
    for _ in 0..random.u8(0..3) {
        certificate += [&made.intermediate, &made.root, &made.ec_parameters][random.usize(0..3)];
    }
    let (mut certificate, mut key) = (certificate.into_bytes(), key.clone().into_bytes());
    let mut authorities = None;
    let mut words = Vec::new();
    for _ in 0..random.u8(0..3) {
        let (at, what) = match random.u8(0..8) {
            0..5 => ("certificate", &mut certificate),
            5..7 => ("key", &mut key),
            _ => {
                let text = || format!("{}{}", made.intermediate, made.root).into_bytes();
                ("authorities", authorities.get_or_insert_with(text))
            }
        };
        words.push(format!("{at}: {}", damage(what, &mut random)));
    }
    let name = format!("seed {seed} ({})", words.join(", "));
    Input { name, certificate, key, authorities }
}

/// Damages bytes in some way and says how.
fn damage(bytes: &mut Vec<u8>, random: &mut Rng) -> &'static str {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.len() < 3 {
        return "nothing";
    }
    let at = random.usize(0..lines.len());
    let column = random.usize(0..lines[at].len());
    let what = match random.u8(0..26) {
        0 => {
            bytes.truncate(random.usize(0..bytes.len()));
            return "cut off";
        }
        1 => {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
            return "byte-order mark";
        }
        2 => {
            *bytes = text.replace('\n', "\r\n").into_bytes();
            return "carriage returns";
        }
        3 => {
            *bytes = text.replacen("-----\n-----", "----------", 1).into_bytes();
            return "glued";
        }
        4 => {
            let position = random.usize(0..bytes.len());
            bytes[position] = random.u8(..);
            return "another byte";
        }
        5 => {
            let position = random.usize(0..bytes.len());
            bytes[position] = random.alphanumeric() as u8;
            return "another letter";
        }
        6 => {
            bytes.remove(random.usize(0..bytes.len()));
            return "a byte less";
        }
        7 => {
            lines.remove(at);
            "a line less"
        }
        8 => {
            lines.insert(at, lines[at].clone());
            "a line twice"
        }
        9 => {
            lines.insert(at, "\n".to_owned());
            "an empty line"
        }
        10 => {
            lines.insert(at, "   \n".to_owned());
            "a blank line"
        }
        11 => {
            lines[at].insert(0, ' ');
            "an indented line"
        }
        12 => {
            let end = lines[at].trim_end().len();
            lines[at].insert_str(end, "  \t");
            "trailing blanks"
        }
        13 => {
            lines[at].insert(column, ' ');
            "a blank"
        }
        14 => {
            lines[at].insert(column, '\n');
            "a line break"
        }
        15 => {
            lines[at] = lines[at].trim_end().to_owned();
            "two lines joined"
        }
        16 => {
            lines[at].insert(column, ['=', '-', ':', '*', '\0', '\u{a0}'][random.usize(0..6)]);
            "a character more"
        }
        17 => {
            lines.insert(at, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n".to_owned());
            "a header"
        }
        18 => {
            lines.insert(at, "Comment: no more than that\n\n".to_owned());
            "another header"
        }
        19 => {
            lines.insert(at, "text: 1\n".to_owned());
            "text"
        }
        20 => {
            let labels =
                ["CERTIFICATE REQUEST", "TRUSTED CERTIFICATE", "X509 CERTIFICATE", "PKCS7"];
            let label = labels[random.usize(0..labels.len())];
            *bytes = text.replacen("CERTIFICATE", label, random.usize(1..4)).into_bytes();
            return "another label";
        }
        21 => {
            lines[at] = lines[at].replacen("-----", ["----", "------"][random.usize(0..2)], 1);
            "another number of dashes"
        }
        22 => {
            *bytes = in_one_line(&text).into_bytes();
            return "one line";
        }
        23 => {
            lines.swap(at, random.usize(0..text.lines().count()));
            "lines swapped"
        }
        24 => {
            let long = "x".repeat(random.usize(250..520));
            lines.insert(at, format!("{long}\n"));
            "a long line"
        }
        _ => {
            *bytes = text.trim_end().into();
            return "no last newline";
        }
    };
    *bytes = lines.concat().into_bytes();
    what
}

/// With data that are no base64.
fn spoilt(text: &str) -> String {
    text.replacen("-----\nM", "-----\n*", 1)
}

fn indented(text: &str) -> String {
    format!("  {}", text.trim_end().replace('\n', "\n  "))
}

/// Each block with its data in one line.
fn in_one_line(text: &str) -> String {
    let mut all = String::new();
    for line in text.lines() {
        if line.starts_with("-----END") {
            all.push('\n');
        }
        all += line;
        if line.starts_with("-----") {
            all.push('\n');
        }
    }
    all
}
