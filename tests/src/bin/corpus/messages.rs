use track_errors::track_errors;

cases! {
    empty -> String { Err(String::new())? }
    only_spaces -> String { Err("   ".to_owned())? }
    only_line_breaks -> String { Err("\n\r\n".to_owned())? }
    padded -> String { Err("  in the middle \n".to_owned())? }
    nul -> String { Err("a\0b\0".to_owned())? }
    controls -> String { Err((0..32_u8).map(char::from).chain(['\x7f', '\u{85}']).collect::<String>())? }
    escape_sequences -> String { Err("\x1b[31mred\x1b[0m \x07bell \x08back".to_owned())? }
    quotes -> String { Err(r#"he said "it's 5\6" and left \"#.to_owned())? }
    json -> String { Err(r#"{"error":{"kind":"Other"},"status":"ok"}"#.to_owned())? }
    several_lines -> String { Err("first\nsecond\r\n\tthird\n".to_owned())? }
    like_a_stack -> String { Err("boom\n   0: evil::frame\n             at evil.rs:1:1".to_owned())? }
    line_separators -> String { Err("one\u{2028}two\u{2029}three\u{b}four\u{c}five".to_owned())? }
    emoji -> String { Err("\u{1f4a5} \u{1f469}\u{200d}\u{1f467} \u{1f1e9}\u{1f1ea}".to_owned())? }
    right_to_left -> String { Err("\u{202e}gnp.exe \u{2066}שלום\u{2069} \u{feff}".to_owned())? }
    noncharacters -> String { Err("\u{fffe}\u{ffff}\u{10ffff}\u{e000}".to_owned())? }
    lossy_surrogates -> String { Err(String::from_utf16_lossy(&[0x61, 0xd800, 0xdc61, 0xdfff]))? }
    combining -> String { Err(format!("a{}", "\u{301}".repeat(5_000)))? }
    percent -> String { Err("100 % {braces} %s %n ${jndi:ldap://x}".to_owned())? }
    long -> String { Err("m".repeat(10_000))? }
    megabytes_of_letters -> String { Err("m".repeat(10_000_000))? }
    megabytes_of_quotes -> String { Err("\"".repeat(5_000_000))? }
    megabytes_of_nul -> String { Err("\0".repeat(5_000_000))? }
    megabytes_of_emoji -> String { Err("\u{1f4a5}".repeat(1_000_000))? }
    megabytes_of_lines -> String { Err("line\n".repeat(1_000_000))? }
}
