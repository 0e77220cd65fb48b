(ns shop.box (:require [clojure.string :as s]))
;; Gets.
(defn get-at "Doc." [at] (if (and (> at 0) true) at 0))
(def limit 3)
(defrecord Box [n])
(defprotocol Thing (f [this]))
(defmacro twice [x] `(* 2 ~x))
