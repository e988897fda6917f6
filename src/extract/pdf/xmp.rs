//! The packet of XML in which a document describes itself.

/// What a packet says, not yet cleaned.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) created: Option<String>,
}

/// Longer packets are cut: the rest is a picture, or room to write in.
const PACKET_MAX: usize = 256 * 1024;
const AUTHORS_MAX: usize = 16;

pub(super) fn read(bytes: &[u8]) -> Packet {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(PACKET_MAX)]);
    let text = text.split("</x:xmpmeta").next().unwrap_or("");
    let title = element(text, "dc:title").and_then(|inside| {
        let items = items(inside);
        let default = items.iter().find(|(tag, _)| tag.contains("x-default"));
        default.or(items.first()).map(|(_, text)| decode(text))
    });
    let title = title.or_else(|| ["dc:title", "pdf:Title"].iter().find_map(|key| plain(text, key)));
    let authors = element(text, "dc:creator").map(|inside| {
        let names = items(inside).into_iter().take(AUTHORS_MAX).map(|(_, name)| decode(name));
        names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
    });
    let author = authors.filter(|names| !names.is_empty()).or_else(|| plain(text, "pdf:Author"));
    let created = plain(text, "xmp:CreateDate").or_else(|| plain(text, "xap:CreateDate"));
    Packet { title, author, created }
}

/// What stands in the first element of this name.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        let Some(after) = rest.strip_prefix(name) else { continue };
        if after.starts_with(|c: char| c == '>' || c.is_ascii_whitespace()) {
            let inside = after.split_once('>')?.1;
            return inside.find(&format!("</{name}")).map(|end| &inside[..end]);
        }
    }
}

/// The items of a list, each with its tag.
fn items(list: &str) -> Vec<(&str, &str)> {
    let items = list.split("<rdf:li").skip(1);
    items.filter_map(|item| item.split("</rdf:li").next()?.split_once('>')).collect()
}

/// A plain value: an element, or an attribute of the description.
fn plain(text: &str, key: &str) -> Option<String> {
    let inside = element(text, key).filter(|inside| !inside.contains('<'));
    let attribute = || {
        let mut values = text.match_indices(key).filter_map(|(at, _)| {
            let value = text[at + key.len()..].trim_start().strip_prefix('=')?.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            value[1..].split_once(quote).map(|(value, _)| value)
        });
        values.next()
    };
    inside.or_else(attribute).map(decode).filter(|value| !value.is_empty())
}

fn decode(raw: &str) -> String {
    let raw = raw.trim();
    let raw = raw.strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>")).unwrap_or(raw);
    htmlize::unescape(raw).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(source: &str) -> Option<String> {
        read(source.as_bytes()).title
    }

    #[test]
    fn a_title_is_found_in_each_form() {
        let alt = "<dc:title><rdf:Alt><rdf:li xml:lang='ko'>가</rdf:li>\
                   <rdf:li xml:lang=\"x-default\">A &amp; B</rdf:li></rdf:Alt></dc:title>";
        assert_eq!(title(alt).as_deref(), Some("A & B"));
        assert_eq!(title("<dc:title>Plain</dc:title>").as_deref(), Some("Plain"));
        assert_eq!(title("<rdf:Description pdf:Title = 'A&#x2f;B'/>").as_deref(), Some("A/B"));
        assert_eq!(title("<pdf:Title>A</pdf:Title>").as_deref(), Some("A"));
        assert_eq!(title("<dc:titles>A</dc:titles><dc:title/>"), None);
        assert_eq!(title("<dc:title><rdf:Alt><rdf:li>cut"), None);
    }

    #[test]
    fn several_authors_are_joined() {
        let source = "<dc:creator><rdf:Seq><rdf:li>Ana</rdf:li><rdf:li>준</rdf:li></rdf:Seq>\
                      </dc:creator><xmp:CreateDate>2024-03-05</xmp:CreateDate>";
        let packet = read(source.as_bytes());
        assert_eq!(packet.author.as_deref(), Some("Ana, 준"));
        assert_eq!(packet.created.as_deref(), Some("2024-03-05"));
    }
}
