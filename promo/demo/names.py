"""Invented names of people, in the scripts and orders of their cultures; who bears one does so by chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

COMMONEST = "Quispe"
COMMONEST_SHARE = 0.04  # of all contacts

PERUVIAN_FAMILIES = tuple(
    "Mamani Huamán Flores García Rojas Díaz Vargas Sánchez Torres Yupanqui Ramos Condori Ñahui Ccori Chávez Ríos"
    " Castillo Mendoza Espinoza Fernández Gutiérrez Ticona Apaza Choque Núñez Salas Paredes Cárdenas Olaya Tello Bedoya"
    " Valdivia Loayza Campos Inga Luna Vidal Soto Huayta Ccahuana Puma Sullca Tupayachi Zevallos Iparraguirre Málaga"
    " Benavides Arévalo Tuesta Pizango Shupingahua Panduro Reátegui Ugarte Peña Peñaloza Saldívar Villacorta Uceda"
    " Farfán Cueva Montalvo Chumpitaz Lévano Magallanes Nakamatsu Higa Wong Chang Bustamante Zúñiga Delgado Carrasco"
    " Vilca Pari Cutipa".split()
)
PERUVIAN_GIVEN = tuple(
    "Rosa Óscar Inti Killa José María Wayra Lucía Julio Illari Ana Luis Carmen Javier Teresa Mateo Diego Sofía Elena"
    " Ricardo Karina Gloria Hugo Irene Urpi Sami Amaru Nina Yawar Sumaq Qori Rumi Saywa Kusi Úrsula Álvaro César Fátima"
    " Iván Mónica Nélida Óliver Pilar Raúl Sebastián Ximena Yolanda Zoila Begoña Édgar Flor Germán Hilda Jesús Milagros"
    " Noemí Percy Rocío Santiago Tomás Verónica Wilmer Yésica Aníbal Bertha Ciro Domitila Eusebio Fermín"
    " Graciela".split()
)
SPANISH_FAMILIES = tuple(
    "Hernández Martínez López Jiménez Romero Navarro Iglesias Ortega Cortés Serrano Molina Ibáñez Garrido Cano Prieto"
    " Etxeberria Puig Ferrer Vidal Castro Silva Herrera Acosta Cabrera Figueroa Sepúlveda Araya Restrepo Gaviria"
    " Bermúdez".split()
)
SPANISH_GIVEN = tuple(
    "Alba Andrés Begoña Blanca Clara Daniel Emilio Esteban Eva Gonzalo Inés Íñigo Jorge Julia Leonor Manuel Marta Nuria"
    " Pablo Paula Ramón Rodrigo Sergio Valentina Camila Felipe Ignacio Josefa Macarena Tomás".split()
)
ENGLISH_FAMILIES = tuple(
    "Anderson Bennett Carter Coleman Davies Ellis Fletcher Grant Harper Hughes Jenkins Kowalski Larsen Mitchell Nguyen"
    " O’Brien Okafor Patel Quinn Reynolds Singh Sullivan Taylor Underwood Vaughn Walsh Whitaker Young Hernandez Ramirez"
    " Goldberg Johansson MacLeod St.Clair D’Souza Fitzgerald Thornton Blackwood Ashworth Li Lee Wu".split()
)
ENGLISH_GIVEN = tuple(
    "Michael Siobhán Grace Emma Oliver Charlotte Noah Amelia Liam Harper Ethan Chloe Priya Arjun Zoë Renée Isaac Naomi"
    " Dylan Megan Owen Fiona Callum Hannah Marcus Olivia Theodore Audrey Simone Xavier".split()
)
OTHER_FAMILIES = {
    "de": tuple("Müller Schäfer Weiß Köhler Großmann Bäcker Jäger Lüders Vogel Krüger Hoffmann Schröder".split()),
    "fr": tuple("Lefèvre Béranger Dubois Châtelain Moreau Gauthier Rousseau Noël Perrin Lemaître D’Aubigné".split()),
    "it": tuple("Rossi Bianchi Esposito Ricci Gallo D’Angelo Colombo Ferrara Moretti Barbieri Nicolò".split()),
    "pt": tuple("Silva Souza Araújo Conceição Magalhães Gonçalves Pereira Ribeiro Guimarães Simões".split()),
}
OTHER_GIVEN = {
    "de": tuple("Jürgen Käthe Matthias Heike Björn Ulrike Sönke Annika Götz Friederike".split()),
    "fr": tuple("Éloïse François Hélène Benoît Aurélie Jérôme Margaux Théo Maëlle Étienne".split()),
    "it": tuple("Giulia Matteo Chiara Niccolò Francesca Lorenzo Beatrice Davide Elisa Pietro".split()),
    "pt": tuple("João Inês Luís Mariana Thiago Beatriz Caio Letícia Antônio Fabíola".split()),
}
Pairs = tuple[tuple[str, str], ...]


def _pairs(text: str) -> Pairs:
    return tuple((word.split("/")[0], word.split("/")[1]) for word in text.split())


EASTERN: dict[str, tuple[Pairs, Pairs]] = {
    "zh": (
        _pairs("李/Li 王/Wang 张/Zhang 刘/Liu 陈/Chen 杨/Yang 黄/Huang 赵/Zhao 吴/Wu 周/Zhou 徐/Xu 孙/Sun 马/Ma 胡/Hu"
               " 郭/Guo 何/He 林/Lin 罗/Luo 梁/Liang 宋/Song 欧阳/Ouyang 吕/Lü"),
        _pairs("明/Ming 伟/Wei 芳/Fang 小红/Xiaohong 建国/Jianguo 秀英/Xiuying 丽/Li 强/Qiang 磊/Lei 静/Jing 子涵/Zihan"
               " 雨桐/Yutong 志强/Zhiqiang 海燕/Haiyan 晓东/Xiaodong 美玲/Meiling 浩然/Haoran 思远/Siyuan"),
    ),
    "ja": (
        _pairs("田中/Tanaka 佐藤/Satō 鈴木/Suzuki 高橋/Takahashi 渡辺/Watanabe 伊藤/Itō 山本/Yamamoto 中村/Nakamura"
               " 小林/Kobayashi 加藤/Katō 吉田/Yoshida 山田/Yamada 松本/Matsumoto 井上/Inoue 斎藤/Saitō 比嘉/Higa"
               " 金城/Kinjō 長谷川/Hasegawa"),
        _pairs("由紀/Yuki 健太/Kenta 陽子/Yōko 大輔/Daisuke 美咲/Misaki 翔/Shō 直樹/Naoki 恵子/Keiko 拓也/Takuya"
               " 真由美/Mayumi 葵/Aoi 蓮/Ren さくら/Sakura 隆/Takashi 千尋/Chihiro"),
    ),
    "ko": (
        _pairs("김/Kim 이/Lee 박/Park 최/Choi 정/Jung 강/Kang 조/Cho 윤/Yoon 장/Jang 임/Lim 한/Han 오/Oh 서/Seo 신/Shin"
               " 권/Kwon 남궁/Namgung"),
        _pairs("민준/Min-jun 서연/Seo-yeon 지훈/Ji-hoon 수빈/Su-bin 하은/Ha-eun 도윤/Do-yun 지민/Ji-min 현우/Hyun-woo"
               " 은지/Eun-ji 준호/Jun-ho 예린/Ye-rin 성민/Sung-min 유진/Yu-jin 태영/Tae-young"),
    ),
}  # fmt: skip
CULTURES = {
    "PE": "pe", "CN": "zh", "TW": "zh", "HK": "zh", "JP": "ja", "KR": "ko", "DE": "de", "AT": "de", "CH": "de",
    "FR": "fr", "BE": "fr", "IT": "it", "BR": "pt", "PT": "pt",
    **dict.fromkeys("ES AR BO CL CO CR CU EC SV GT HN NI MX PA PY DO UY VE".split(), "es"),
}  # fmt: skip
LANGUAGE = {"pe": "es"} | {way: way for way in ("es", "en", "zh", "ja", "ko", "de", "fr", "it", "pt")}


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its parts. ``latin`` is (given, family) in Latin letters, whatever the script."""

    family: str
    given: str
    order: str
    romanised: str | None
    latin: tuple[str, str]


def culture(country: str | None) -> str:
    """Return how names are formed in a country; the English way where we know no better."""
    return CULTURES.get(country or "", "en")


def invent(rng: random.Random, way: str) -> Name:
    """Invent a name of a culture (see :func:`culture`)."""
    pick = rng.choice
    if way in EASTERN:
        families, givens = EASTERN[way]
        (family, latin_family), (given, latin_given) = pick(families), pick(givens)
        return Name(family, given, "family_first", f"{latin_family} {latin_given}", (latin_given, latin_family))
    if way == "pe":
        return peruvian(rng, pick(PERUVIAN_FAMILIES))
    if way == "es":
        first, given = pick(SPANISH_FAMILIES), pick(SPANISH_GIVEN)
        return Name(f"{first} {pick(SPANISH_FAMILIES)}", given, "given_first", None, (given, first))
    family = pick(OTHER_FAMILIES.get(way, ENGLISH_FAMILIES))
    given = pick(OTHER_GIVEN.get(way, ENGLISH_GIVEN))
    return Name(family, given, "given_first", None, (given, family))


def peruvian(rng: random.Random, first_family: str) -> Name:
    """Invent a Peruvian name with a first family name, often with two given names."""
    given = rng.choice(PERUVIAN_GIVEN)
    second = rng.choice(PERUVIAN_GIVEN) if rng.random() < 0.35 else given
    both = given if second == given else f"{given} {second}"
    return Name(f"{first_family} {rng.choice(PERUVIAN_FAMILIES)}", both, "given_first", None, (given, first_family))
